// Compiles pieces of TypeScript against the built package, as a user's project would, and runs each in a process of
// its own.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setupOrExit } from './setup.mjs';

/** The folder of this package. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const secondsToRun = 60;

/**
 * @typedef {object} Snippet
 * @property {string} title where it is from, such as "README.md:12"
 * @property {string} name a file name without an ending, different for each
 * @property {string} text
 * @property {boolean} run or is it compiled alone?
 * @property {readonly string[]} [args] its arguments when it runs
 * @property {string} [shares] what it runs on: those that share something run one after the other, beside the rest
 */

/**
 * Prints one line for each snippet and what failed, and sets the exit status.
 *
 * @param {readonly Snippet[]} snippets
 */
export async function checkSnippets(snippets) {
  setupOrExit();
  const project = makeProject(snippets);
  try {
    const complaints = compile(project, snippets);
    if (complaints !== '') {
      console.error(complaints);
      console.error('the snippets do not compile');
      process.exitCode = 1;
      return;
    }
    const lines = [...new Set(snippets.map(({ shares }) => shares))];
    await Promise.all(
      lines.map(async (line) => {
        for (const snippet of snippets) if (snippet.shares === line) await checkSnippet(project, snippet);
      }),
    );
  } finally {
    rmSync(project, { recursive: true });
  }
}

async function checkSnippet(project, snippet) {
  if (!snippet.run) {
    console.log(`compiled  ${snippet.title}`);
    return;
  }
  const { ok, output } = await runSnippet(project, snippet);
  console.log(`${ok ? 'ran      ' : 'FAILED   '} ${snippet.title}`);
  if (ok) return;
  console.error(output);
  process.exitCode = 1;
}

/** A project in which `hawser` is a dependency: the imports of a snippet are those of a user. */
function makeProject(snippets) {
  const project = mkdtempSync(join(tmpdir(), 'hawser-snippets-'));
  mkdirSync(join(project, 'node_modules'));
  mkdirSync(join(project, 'home'));
  symlinkSync(root, join(project, 'node_modules/hawser'));
  symlinkSync(join(root, 'node_modules/@types'), join(project, 'node_modules/@types'));
  writeFileSync(join(project, 'package.json'), JSON.stringify({ type: 'module', private: true }));
  const compilerOptions = {
    target: 'es2023',
    lib: ['es2023', 'esnext.disposable'],
    module: 'nodenext',
    moduleDetection: 'force',
    types: ['node'],
    strict: true,
    skipLibCheck: true,
    sourceMap: true,
    noEmitOnError: true,
  };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  for (const { name, text } of snippets) writeFileSync(join(project, `${name}.ts`), text);
  return project;
}

/** @returns what the compiler complains of, with the titles in place of the names; '' when it does not */
function compile(project, snippets) {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { status, stdout, stderr } = spawnSync(process.execPath, [tsc, '--pretty', 'false', '-p', project], {
    cwd: project,
    encoding: 'utf8',
  });
  if (status === 0) return '';
  return snippets.reduce(
    (text, { name, title }) => text.replaceAll(`${name}.ts(`, `${title.replace(/:\d+$/, '')}(`),
    `${stdout}${stderr}`.trim(),
  );
}

/** Without the user's own configuration, keys and agent, so that it runs alike on every machine. */
function runSnippet(project, { name, args = [] }) {
  const { SSH_AUTH_SOCK: _agent, ...env } = process.env;
  const child = spawn(process.execPath, ['--enable-source-maps', join(project, `${name}.js`), ...args], {
    cwd: mkdtempSync(join(project, 'run-')),
    env: { ...env, HOME: join(project, 'home'), NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: secondsToRun * 1000,
    killSignal: 'SIGKILL',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      if (signal !== null) output += `\nended by ${signal}, perhaps after ${secondsToRun} s\n`;
      else if (code === 13) output += '\nended with nothing left to do, while it waited for a promise\n';
      resolve({ ok: code === 0, output });
    });
  });
}
