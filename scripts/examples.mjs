// Compiles and runs each program of examples/, as a user's project would.
//
//   node scripts/examples.mjs [FILE.ts ...]     default: every .ts file of examples/
//
// Those about devices get a testbed as their argument: the one that LAB names, else that of a lab which is started here
// (see lab.mjs) and ended when they have run. Where neither is to be had they are compiled alone, which is said; with
// HAWSER_REQUIRE_REAL=1 that is a failure.
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { startLab } from './lab.mjs';
import { setupOrExit } from './setup.mjs';
import { checkSnippets, root } from './snippets.mjs';

const folder = join(root, 'examples');
/** What programs about devices import to find their testbed; it is no program itself. */
const labModule = 'lab.ts';

const files = process.argv.length > 2 ? process.argv.slice(2).map((file) => basename(file)) : readdirSync(folder);
const programs = files.filter((file) => file.endsWith('.ts') && file !== labModule).sort();
if (programs.length === 0) {
  console.error('there is no program in examples/');
  process.exitCode = 1;
} else {
  setupOrExit();
  const snippets = programs.map((file) => snippetOf(file, true));
  const onDevices = snippets.filter(({ text }) => text.includes(`from './lab.js'`));
  const lab = onDevices.length === 0 ? undefined : await findLab();
  for (const snippet of onDevices) {
    snippet.shares = 'lab';
    if (lab?.missing === undefined) snippet.args = [lab.file];
    else skip(snippet, lab.missing);
  }
  try {
    await checkSnippets(lab === undefined ? snippets : [...snippets, snippetOf(labModule, false)]);
  } finally {
    await lab?.stop?.();
  }
}

function snippetOf(file, run) {
  const text = readFileSync(join(folder, file), 'utf8');
  return { title: `examples/${file}`, name: basename(file, '.ts'), text, run };
}

async function findLab() {
  const file = process.env.LAB ?? '';
  return file === '' ? startLab() : { file };
}

function skip(snippet, missing) {
  snippet.run = false;
  const line = `SKIPPED running ${snippet.title}: ${missing}`;
  console.error(line);
  const log = process.env.HAWSER_SKIPPED_LOG ?? '';
  if (log !== '') appendFileSync(log, `${line}\n`);
  if (process.env.HAWSER_REQUIRE_REAL === '1') process.exitCode = 1;
}
