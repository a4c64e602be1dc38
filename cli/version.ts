/** The product's version, from the package file: one folder up from source, two from the built package. */
import { readFileSync } from 'node:fs';

export function productVersion(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const found = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
      if (found.name === 'maasquerade') return found.version;
    } catch {
      // Try the next place.
    }
  }
  return 'unknown';
}
