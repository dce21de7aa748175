import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Comparison } from './lib/comparison.js';
import { table } from './lib/print.js';
import type { Row } from './lib/row.js';
import { row as p1 } from './p1-warm-commands.js';
import { row as p2 } from './p2-cold-fleet.js';
import { row as p3 } from './p3-command-line.js';
import { row as p4 } from './p4-one-file.js';
import { row as p5 } from './p5-small-files.js';
import { row as p6 } from './p6-one-to-many.js';
import { row as p7 } from './p7-long-line.js';
import { row as p8 } from './p8-idle-connections.js';
import { row as p9 } from './p9-scheduler.js';
import { row as p10 } from './p10-start-up.js';
import { row as p11 } from './p11-lookups.js';
import { row as p12 } from './p12-live-session.js';

const ROWS: readonly Row[] = [p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12];
const LEAST_ROUNDS = 5;

/** Runs the rows that are named, or all; prints what came out and writes it to `bench/results/`. Returns the exit status. */
export async function main(args: readonly string[], root: string): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { rounds: { type: 'string', default: String(LEAST_ROUNDS) } },
    allowPositionals: true,
  });
  const rounds = Number(values.rounds);
  const unknown = positionals.find((id) => !ROWS.some((row) => row.id === id));
  if (unknown !== undefined || !Number.isSafeInteger(rounds) || rounds < 1) {
    console.error(`usage: node bench/run.mjs [${ROWS.map(({ id }) => id).join(' | ')}]... [--rounds N]`);
    return 2;
  }
  if (rounds < LEAST_ROUNDS) console.warn(`Fewer than ${LEAST_ROUNDS} rounds: good for a look, not to be quoted.`);
  let reached = true;
  for (const row of ROWS.filter(({ id }) => positionals.length === 0 || positionals.includes(id))) {
    console.log(`\n${row.id}  ${row.title}`);
    try {
      const comparisons = await row.run({ rounds, root });
      for (const comparison of comparisons) console.log(`\n${table(comparison)}`);
      warnOfMissing(comparisons);
      write(row, comparisons, root);
      reached &&= comparisons.every(({ verdicts }) => verdicts.every(({ met }) => met !== false));
    } catch (error) {
      // One row that cannot be measured keeps no other from it.
      console.error(`  FAILED: ${error instanceof Error ? error.message : String(error)}`);
      reached = false;
    }
  }
  return reached ? 0 : 1;
}

function warnOfMissing(comparisons: readonly Comparison[]): void {
  for (const standing of comparisons.flatMap(({ standings }) => standings)) {
    if ('missing' in standing) console.warn(`  SKIPPED ${standing.name}: ${standing.missing}`);
  }
}

function write(row: Row, comparisons: readonly Comparison[], root: string): void {
  const directory = join(root, 'bench/results');
  mkdirSync(directory, { recursive: true });
  const machine = { cpu: cpus()[0]?.model, cores: availableParallelism(), node: process.version };
  const commit = execFileSync('git', ['describe', '--always', '--dirty'], { cwd: root, encoding: 'utf8' }).trim();
  const result = { row: row.id, title: row.title, at: new Date().toISOString(), commit, machine, comparisons };
  writeFileSync(join(directory, `${row.id}.json`), `${JSON.stringify(result, null, 2)}\n`);
}
