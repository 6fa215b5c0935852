// npm run bench [-- words]: runs the benchmarks whose path contains a word, one after the other; all of them without words,
// and then writes bench/results.md.
import { spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import type { Figure } from './lib/figures.ts';

type Row = Figure & { ratio: number | null };

const directory = import.meta.dirname;
const words = process.argv.slice(2);
const files = readdirSync(directory, { recursive: true })
  .map(String)
  .filter((file) => file.endsWith('.bench.ts') && !file.includes('node_modules'))
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .toSorted();

const rows: Row[] = [];
for (const file of files) {
  console.error(`\n${file}`);
  const status = await run(file);
  if (status === 0) continue;
  console.error(`${file} ended with status ${status}`);
  process.exitCode = 1;
}
const table = render(rows);
console.log(`\n${table}`);
if (words.length === 0) writeFileSync(path.join(directory, 'results.md'), heading() + table);

function run(file: string): Promise<number | null> {
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', path.join(directory, file)],
      {
        cwd: path.dirname(directory),
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let pending = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      pending += text;
      const lines = pending.split('\n');
      pending = lines.pop() ?? '';
      for (const line of lines) note(line);
    });
    child.on('close', resolve);
  });
}

function note(line: string): void {
  console.error(`  ${line}`);
  if (line.startsWith('{"id"')) rows.push(JSON.parse(line) as Row);
}

function heading(): string {
  const processor = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`;
  return `# Benchmark results

Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: ${processor}, Node ${process.versions.node}.
Each figure stands beside its baseline from the same run; medians, interleaved. Ratios count; absolute times differ
between machines.

`;
}

function render(figures: Row[]): string {
  const lines = figures.map((row) => {
    const baseline = row.baseline === null ? '—' : `${show(row.baseline)} ${row.unit}`;
    const ratio = row.ratio === null ? '—' : show(row.ratio);
    return `| ${row.id} | ${row.name} | ${show(row.ours)} ${row.unit} | ${baseline} | ${ratio} | ${row.target} | ${row.met ? 'yes' : 'no'} |`;
  });
  return [
    '| # | figure | ours | baseline | ratio | target | met |',
    '|---|---|---|---|---|---|---|',
    ...lines,
    '',
  ].join('\n');
}

function show(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}
