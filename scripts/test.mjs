// Runs the tests once, in a checkout that need not be set up yet.
//
//   node scripts/test.mjs [arguments of "vitest run"]
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setupOrExit } from './setup.mjs';

setupOrExit();
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
spawn(process.execPath, [vitest, 'run', ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' }).on(
  'exit',
  (code, signal) => {
    process.exitCode = signal === null ? code : 1;
  },
);
