import { splitPath } from '../entries.js';
import { attributeFields } from './attributes.js';
import type { FileCalls } from './file-calls.js';
import type { Field } from './packet-writer.js';
import { Request, Status } from './protocol.js';

const SLASH = 0x2f;
const DOT = 0x2e;

/** What the owner needs in a directory to make another one in it, as mkdir(1) gives it with `-p`. */
const OWNER_MAY_ENTER = 0o300;

/**
 * Makes a directory and those above it that are missing; one that is there will do. It takes one round trip where no more
 * than the directory itself is missing, and two where more is: nothing is waited for that only says that it is there already.
 *
 * Throws `FileError` with the first of them that can neither be made nor is a directory.
 */
export async function ensureDirectory(calls: FileCalls, path: Buffer, mode: number): Promise<void> {
  if (await make(calls, [path], mode)) return;
  const all = [...above(path), path];
  if (all.length > 1 && (await make(calls, all, mode))) return;
  // Something is in the way, or the server does not answer in order: one after the other tells which, and why.
  for (const one of all) {
    const act = { syscall: 'mkdir', path: one };
    const answer = await calls.session.ask(Request.MKDIR, fields(one, path, mode), 'status');
    if (answer.status === Status.OK || (await isDirectory(calls, one))) continue;
    const fault = await calls.fault(act, answer);
    throw fault.code === 'EEXIST' && one !== path ? calls.error('ENOTDIR', act) : fault;
  }
}

/** Makes directories in one round trip. Says whether the last of them is there now, whoever has made it. */
async function make(calls: FileCalls, paths: readonly Buffer[], mode: number): Promise<boolean> {
  const last = paths.at(-1) ?? Buffer.alloc(0);
  const making = paths.map((path) => calls.session.ask(Request.MKDIR, fields(path, last, mode), 'status'));
  const [isThere, ...made] = await Promise.all([isDirectory(calls, last), ...making]);
  return isThere || made.at(-1)?.status === Status.OK;
}

async function isDirectory(calls: FileCalls, path: Buffer): Promise<boolean> {
  const answer = await calls.session.ask(Request.STAT, [path], 'stats');
  return answer.kind === 'stats' && answer.stats.isDirectory();
}

function fields(path: Buffer, last: Buffer, mode: number): Field[] {
  return [path, ...attributeFields({ mode: path === last ? mode : mode | OWNER_MAY_ENTER })];
}

/** The directories above a path, from the top down, without those that need no making. */
function above(path: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let { parent } = splitPath(path); !isTop(parent); { parent } = splitPath(parent)) found.unshift(parent);
  return found;
}

function isTop(path: Buffer): boolean {
  return path.length === 1 && (path[0] === SLASH || path[0] === DOT);
}
