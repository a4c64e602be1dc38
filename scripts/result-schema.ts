/** Writes `reports/result.schema.json` anew from the schema in `reports/schema.ts`. */
import { writeFileSync } from 'node:fs';
import { stableJson } from '../reports/json.ts';
import { jsonSchema } from '../reports/schema.ts';

writeFileSync(new URL('../reports/result.schema.json', import.meta.url), stableJson(jsonSchema()));
