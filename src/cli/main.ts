#!/usr/bin/env node
import { readFileSync } from 'node:fs';

const [first, ...others] = process.argv.slice(2);
if ((first === '--version' || first === '-V') && others.length === 0) {
  // Asked by scripts, often: nothing else is loaded for it.
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version }: { version?: unknown } = JSON.parse(text);
  const { print } = await import('./terminal/print.js');
  print(`${String(version)}\n`);
} else {
  // The words of a simple run, where a session is open for it, are done sooner: see there.
  const left = first === 'run' ? await (await import('./run/run-live.js')).runLive(others) : others;
  if (left !== undefined) {
    const { main } = await import('./start.js');
    await main(first === undefined ? [] : [first, ...left]);
  }
}
