/** Runs every `bench/*.bench.ts`, prints one table of ratios, ends 1 when a gate does not hold. */
import { readdirSync } from 'node:fs';
import { cpus } from 'node:os';
import type { Bench, BenchRow } from './bench.ts';

const rows: (BenchRow & { bench: string })[] = [];
const files = readdirSync(import.meta.dirname).filter((file) => /\.bench\.[jt]s$/.test(file));
for (const file of files.sort()) {
  const { bench } = (await import(new URL(file, import.meta.url).href)) as { bench: Bench };
  process.stderr.write(`${bench.name} ...\n`);
  for (const row of await bench.run()) rows.push({ bench: bench.name, ...row });
}

const failed = rows.filter(
  ({ ratio, gate, atMost }) =>
    (gate !== undefined && ratio < gate) || (atMost !== undefined && ratio > atMost),
);
const isGated = (row: BenchRow) => row.gate !== undefined || row.atMost !== undefined;
const bound = ({ gate, atMost }: BenchRow) =>
  gate !== undefined ? `>= ${gate}` : atMost !== undefined ? `<= ${atMost}` : '';
const table = rows.map((row) => [
  row.bench,
  row.figure,
  Number.isNaN(row.ratio) ? '-' : row.ratio.toFixed(2),
  bound(row),
  !isGated(row) ? '' : failed.includes(row) ? 'FAILED' : 'held',
  row.note,
]);
const head = ['bench', 'figure', 'ratio', 'gate', '', 'here'];
const widths = head.map((title, i) =>
  Math.max(title.length, ...table.map((row) => row[i]!.length)),
);
for (const row of [head, ...table]) {
  console.log(
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  );
}
console.log(
  `\nNode ${process.version}, ${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown'}`,
);
process.exitCode = failed.length > 0 ? 1 : 0;
