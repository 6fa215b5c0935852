// Runs the benchmarks one after the other and writes bench/results.md. `npm run bench -- http` runs what matches.
import { spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { findNode, nodeEnvironment } from './node-runtime.mjs';

const root = path.resolve(import.meta.dirname, '..');
const wanted = process.argv.slice(2);
const files = readdirSync(path.join(root, 'bench'), { recursive: true })
  .map(String)
  .filter((file) => file.endsWith('.bench.ts') && (wanted.length === 0 || wanted.some((word) => file.includes(word))))
  .sort();

const figures = [];
let failed = false;
for (const file of files) {
  process.stderr.write(`\n${file}\n`);
  const code = await run(file);
  if (code !== 0) {
    failed = true;
    process.stderr.write(`${file} ended with status ${code}\n`);
  }
}
const table = render(figures);
process.stdout.write(`\n${table}\n`);
if (wanted.length === 0) writeFileSync(path.join(root, 'bench/results.md'), heading() + table);
process.exitCode = failed ? 1 : 0;

function run(file) {
  return new Promise((resolve) => {
    const child = spawn(findNode(), ['--disable-warning=ExperimentalWarning', path.join(root, 'bench', file)], {
      cwd: root,
      env: nodeEnvironment(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let pending = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      pending += text;
      const lines = pending.split('\n');
      pending = lines.pop() ?? '';
      for (const line of lines) note(line);
    });
    child.on('close', resolve);
  });
}

function note(line) {
  process.stderr.write(`  ${line}\n`);
  if (line.startsWith('{"id"')) figures.push(JSON.parse(line));
}

function heading() {
  return `# Benchmark results

Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node 24.
Each figure stands beside its baseline from the same run; medians, interleaved. Ratios count, absolute times differ between machines.

`;
}

function render(rows) {
  const lines = rows.map(
    (row) =>
      `| ${row.id} | ${row.name} | ${show(row.ours)} ${row.unit} | ${row.baseline === null ? '—' : `${show(row.baseline)} ${row.unit}`} | ${row.ratio === null ? '—' : show(row.ratio)} | ${row.target} | ${row.met ? 'yes' : 'no'} |`,
  );
  return ['| # | figure | ours | baseline | ratio | target | met |', '|---|---|---|---|---|---|---|', ...lines, ''].join('\n');
}

function show(value) {
  if (typeof value !== 'number') return String(value);
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}
