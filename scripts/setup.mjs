// Brings a checkout to where its tests and its command line run: the dependencies of package-lock.json in
// node_modules/, and dist/ made of the present src/. Does nothing where that is so already.
//
//   node scripts/setup.mjs
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const stampFile = join(root, 'node_modules/.cache/hawser/build');

/** Installs and builds what is missing or old. Throws with what the tool said when that fails. */
export function setup() {
  if (!isInstalled()) {
    console.error('setup: npm ci');
    run('npm', ['ci', '--no-progress', '--loglevel=error'], 'npm cannot install the dependencies');
  }
  const stamp = stampOfSources();
  if (existsSync(join(root, 'dist/index.js')) && readText(stampFile) === stamp) return;
  console.error('setup: build dist');
  build();
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, stamp);
}

/** Builds beside dist/ and swaps, so that who uses dist/ meanwhile sees the old one or the new one. */
function build() {
  const fresh = join(root, `.dist-${process.pid}`);
  const old = `${fresh}-old`;
  try {
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    run(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', fresh], 'the sources do not compile');
    if (existsSync(join(root, 'dist'))) renameSync(join(root, 'dist'), old);
    renameSync(fresh, join(root, 'dist'));
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    rmSync(old, { recursive: true, force: true });
  }
}

/** Does node_modules hold what package-lock.json says? npm keeps a list of what it installed. */
function isInstalled() {
  const installed = readText(join(root, 'node_modules/.package-lock.json'));
  if (installed === undefined) return false;
  const has = JSON.parse(installed).packages;
  const wants = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(wants).every(([path, { version, optional }]) => {
    if (path === '') return true;
    if (has[path] === undefined) return optional === true; // made for another platform
    return has[path].version === version;
  });
}

function stampOfSources() {
  const hash = createHash('sha256');
  const sources = readdirSync(join(root, 'src'), { recursive: true })
    .filter((file) => file.endsWith('.ts'))
    .sort()
    .map((file) => join('src', file));
  for (const file of ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json', ...sources]) {
    hash.update(`${file}\0`).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

function run(command, args, complaint) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${complaint}:\n${error?.message ?? ''}${stdout ?? ''}${stderr ?? ''}`);
}

function readText(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/** As {@link setup}, for a script: ends the process with 1 and the reason when it fails. */
export function setupOrExit() {
  try {
    setup();
  } catch (error) {
    console.error(`setup: ${error.message}`);
    process.exit(1);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) setupOrExit();
