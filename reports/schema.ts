/**
 * The published format of a conformance report. The zod schema is the only definition: the JSON
 * Schema beside it (`result.schema.json`) is generated from it and a test keeps the two equal.
 * The format is an interface of its own, apart from the engine, so that others can rely on it.
 */
import { z } from 'zod';
import { REPORT_FORMAT, type Report } from '../conformance/types.ts';

const id = z.string().min(1);
const count = z.int().nonnegative();
const level = z.enum(['MUST', 'SHOULD', 'MAY']);
const profile = z.enum(['maas', 'controller', 'agent', 'streams', 'client']);
const oracle = z.enum(['released-client', 'suite']);
const outcome = z.enum(['passed', 'failed', 'notRun', 'notApplicable']);

const evidence = z.strictObject({
  note: z.string().min(1).meta({
    description: 'What was seen; for notRun the reason, for notApplicable the source that says so.',
  }),
  observed: z.string().exactOptional(),
  exchanges: z.array(z.strictObject({ request: z.string(), answer: z.string() })).exactOptional(),
  replay: z.string().exactOptional(),
});

const subject = z
  .strictObject({
    id,
    version: z.string().min(1),
    runtime: z.enum(['docker', 'process', 'in-process', 'none']),
    passed: count,
    failed: count,
    notRun: count,
    notApplicable: count,
    requirements: z.array(z.strictObject({ id, level, oracle, outcome, evidence })),
  })
  .refine(
    (one) =>
      (['passed', 'failed', 'notRun', 'notApplicable'] as const).every(
        (key) => one[key] === one.requirements.filter((each) => each.outcome === key).length,
      ),
    'the counts are not those of the requirements',
  );

export const reportSchema = z
  .strictObject({
    format: z.literal(REPORT_FORMAT),
    seed: count,
    world: z.enum(['own', 'given']),
    subjects: z.array(subject),
    gaps: z.array(
      z.strictObject({
        where: z.string(),
        what: z.string(),
        answered: z.string(),
        count: z.int().positive(),
      }),
    ),
    selfTest: z
      .array(
        z.strictObject({
          id,
          noticed: count,
          blind: z.array(z.strictObject({ requirement: id, saboteur: id, note: z.string() })),
          notRun: z.array(id),
        }),
      )
      .exactOptional(),
    broke: z.array(z.strictObject({ subject: id, reason: z.string() })),
    requirements: z.array(
      z.strictObject({
        id,
        title: z.string().min(1),
        level,
        profile,
        source: z.string().min(1),
        oracle,
        saboteur: id,
        subjects: z.array(id),
      }),
    ),
    provenance: z
      .strictObject({
        at: z.iso.datetime(),
        product: z.string(),
        productVersion: z.string(),
        commit: z.string(),
        dirty: z.boolean(),
        command: z.string(),
        runtime: z.string(),
        host: z.string(),
        wallMs: count,
      })
      .meta({ description: 'Everything that may differ between two equal runs.' }),
  })
  .meta({
    title: 'maasquerade conformance report',
    description: 'What each subject was asked, what came of it, and how to see it again.',
  }) satisfies z.ZodType<Report>;

/** The JSON Schema that is published as `reports/result.schema.json`. */
export function jsonSchema(): object {
  return z.toJSONSchema(reportSchema, { target: 'draft-2020-12' });
}

/**
 * Reads a report.
 * @throws Error with one sentence when the text is no report
 */
export function parseReport(text: string): Report {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error('it is no JSON');
  }
  const parsed = reportSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') || 'the top';
  throw new Error(`it is no conformance report: ${issue?.message ?? 'unknown'} (at ${where})`);
}
