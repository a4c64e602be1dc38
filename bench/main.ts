/**
 * Runs every `bench/*.bench.ts`, or those whose name begins as the argument does, prints one table of
 * ratios, and ends 1 when a gate does not hold. A bench that misses a gate is measured once more and
 * the better of the two counts, which the table says: a neighbour's burst of work misses once, code
 * that is too slow misses twice.
 */
import { readdirSync } from 'node:fs';
import { cpus } from 'node:os';
import type { Bench, BenchRow } from './bench.ts';

const rows: (BenchRow & { bench: string })[] = [];
const [, , only = ''] = process.argv;
const files = readdirSync(import.meta.dirname).filter(
  (file) => /\.bench\.[jt]s$/.test(file) && file.startsWith(only),
);
for (const file of files.sort()) {
  const { bench } = (await import(new URL(file, import.meta.url).href)) as { bench: Bench };
  process.stderr.write(`${bench.name} ...\n`);
  const first = await bench.run();
  const again = first.some(misses) ? await bench.run() : [];
  for (const row of first) {
    const second = again.find(({ figure }) => figure === row.figure);
    const better = second && misses(row) && !misses(second) ? second : row;
    const said = second && misses(row) ? `; measured twice, first ${row.ratio.toFixed(2)}` : '';
    rows.push({ bench: bench.name, ...better, note: better.note + said });
  }
}

function misses({ ratio, gate, atMost }: BenchRow): boolean {
  return (gate !== undefined && ratio < gate) || (atMost !== undefined && ratio > atMost);
}

const failed = rows.filter(misses);
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
