// Starts the lab that the programs about devices need, and prints the path of its testbed. It goes with this process:
// end it with Ctrl-C. Needs root on Linux with openssh-server, frr, inetutils-telnetd and socat.
//
//   node scripts/lab.mjs
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const rigs = join(root, 'test/rigs');

/**
 * Starts the lab of the tests' rigs, which are TypeScript: they are compiled first.
 *
 * @returns {Promise<{ file: string, stop: () => Promise<void> } | { missing: string }>}
 */
export async function startLab() {
  const directory = mkdtempSync(join(tmpdir(), 'hawser-rigs-'));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  try {
    compileRigs(directory);
    const { whatIsMissing } = await load(directory, 'availability.js');
    const missing = ['sshd', 'telnetd', 'frr', 'ssh'].map(whatIsMissing).filter((lack) => lack !== undefined);
    if (missing.length > 0) {
      remove();
      return { missing: missing.join(', ') };
    }
    const lab = await (await load(directory, 'lab.js')).startLab();
    return { file: lab.file, stop: () => lab.stop().finally(remove) };
  } catch (error) {
    remove();
    throw error;
  }
}

/** The scripts that the rigs run are looked for beside them. */
function compileRigs(directory) {
  for (const file of readdirSync(rigs)) {
    if (/\.(sh|mjs)$/.test(file)) copyFileSync(join(rigs, file), join(directory, file));
  }
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ type: 'module', private: true }));
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { noEmit: false, outDir: directory, rootDir: rigs, paths: {} },
    files: ['lab.ts', 'availability.ts'].map((file) => join(rigs, file)),
    include: [],
  };
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', directory], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the rigs do not compile:\n${stdout}`);
}

function load(directory, file) {
  return import(pathToFileURL(join(directory, file)).href);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const lab = await startLab();
  if ('missing' in lab) {
    console.error(`lab: ${lab.missing}`);
    process.exit(1);
  }
  console.log(lab.file);
  const awake = setInterval(() => {}, 2 ** 30);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.once(signal, () => void lab.stop().finally(() => clearInterval(awake)));
  }
}
