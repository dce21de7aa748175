import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { OptionError } from '../core/hawser-error.js';
import { expandHome } from '../core/home.js';
import { type ImportedMachine, importXespresso } from '../inventory/machines/import-xespresso.js';
import { localError } from '../remote/files/local/local-error.js';
import { readShortFile } from '../remote/files/local/short-file.js';

/** Where xespresso keeps its machines. */
export const XESPRESSO_DIRECTORY = '~/.xespresso';

const READING = { doing: 'reading machines to import' } as const;

/** A machine of another program's, and the file that has it. */
export interface FoundMachine extends ImportedMachine {
  readonly file: string;
}

/** What was found to import. */
export interface FoundMachines {
  readonly default: string | undefined;
  readonly machines: readonly FoundMachine[];
}

/**
 * Reads machines of xespresso from a file, or from all that a directory has of them: its `machines.json`, and a file each in
 * `machines/`, which wins. It writes nothing.
 *
 * @param path default `~/.xespresso`.
 * @throws OptionError where there are none; FileError for what cannot be read; ParseError for a file that is no JSON or has
 *   no machines. What is wrong with one machine stands in it.
 */
export async function importMachines(path: string = XESPRESSO_DIRECTORY): Promise<FoundMachines> {
  const root = expandHome(path);
  const files = (await isDirectory(root, path)) ? await filesIn(root) : [root];
  const found = new Map<string, FoundMachine>();
  let chosen: string | undefined;
  for (const file of files) {
    const { default: own, machines } = importXespresso(await readShortFile(file, READING), file);
    // machines.json is the last of them, and wins in this.
    chosen = own ?? chosen;
    for (const machine of machines) if (!found.has(machine.name)) found.set(machine.name, { ...machine, file });
  }
  if (found.size > 0) return { default: chosen, machines: [...found.values()] };
  throw new OptionError(
    `There are no machines in ${path}: looked for machines.json and machines/*.json. Name the file or the directory that has them.`,
  );
}

/** The files of one machine each come first, as they win. */
async function filesIn(root: string): Promise<readonly string[]> {
  const below = join(root, 'machines');
  const own = (await names(below)).filter((name) => name.endsWith('.json')).map((name) => join(below, name));
  const top = (await names(root)).filter((name) => name.endsWith('.json'));
  // In another program's own directory lies more than machines; in one that is called so nothing else does.
  const here = top
    .filter((name) => name === 'machines.json' || basename(root) === 'machines')
    .map((name) => join(root, name));
  return [...own, ...here];
}

async function isDirectory(path: string, given: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw localError(error, { syscall: 'stat', path: given, detail: 'looking for machines to import' });
  }
}

async function names(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).toSorted();
  } catch (error) {
    const failure = localError(error, { syscall: 'scandir', path: directory });
    if (failure.code === 'ENOENT' || failure.code === 'ENOTDIR') return [];
    throw failure;
  }
}
