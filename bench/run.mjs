// Runs the benchmarks: hawser and its peers side by side.
//
//   node bench/run.mjs [ROW ...] [--rounds N]     such as P1 P10; default: every row, 5 rounds
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { setupOrExit } from '../scripts/setup.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const cache = join(root, 'node_modules/.cache/hawser');

setupOrExit();
mkdirSync(cache, { recursive: true });
const compiled = mkdtempSync(join(cache, 'bench-'));
process.on('exit', () => rmSync(compiled, { recursive: true, force: true }));
compile();
const { main } = await import(pathToFileURL(join(compiled, 'bench/main.js')).href);
process.exitCode = await main(process.argv.slice(2), root);

/** The benchmarks and the rigs are TypeScript; beside them lie scripts that they find by their own place. */
function compile() {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const args = [tsc, '-p', 'bench/tsconfig.json', '--outDir', compiled];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(2);
  writeFileSync(join(compiled, 'package.json'), '{"type":"module"}\n');
  for (const folder of ['bench/peers', 'test/rigs']) {
    cpSync(join(root, folder), join(compiled, folder), { recursive: true, filter: (file) => !file.endsWith('.ts') });
  }
}
