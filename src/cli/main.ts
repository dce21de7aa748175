#!/usr/bin/env node
import { readFileSync } from 'node:fs';

const [first, ...others] = process.argv.slice(2);
if ((first === '--version' || first === '-V') && others.length === 0) {
  // Asked by scripts, often: nothing else is loaded for it.
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version }: { version?: unknown } = JSON.parse(text);
  const { print } = await import('./terminal/print.js');
  print(`${String(version)}\n`);
} else if (first !== 'run' || !(await runLive(others))) {
  const { main } = await import('./start.js');
  await main(process.argv.slice(2));
}

/** The words behind `run`, where they are simple and a session is open: see there. */
async function runLive(words: readonly string[]): Promise<boolean> {
  return (await import('./run/run-live.js')).runLive(words);
}
