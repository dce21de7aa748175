import { randomBytes } from 'node:crypto';
import type { Abortable } from '../../core/abort.js';
import { FileError } from '../../core/file-error.js';
import { Dirent } from './dirent.js';
import {
  allEntries,
  childPath,
  type Entry,
  isDirectory,
  nextListing,
  splitPath,
  type Unlisted,
  withoutSlashes,
} from './entries.js';
import type { FileCall, FileCalls } from './file-calls.js';
import { type NameOptions, namesIn, textNames } from './name-encoding.js';
import { nameFromBytes, type PathLike } from './names.js';
import { fileMode } from './open-flags.js';
import { fileCode, retell } from './retell.js';

/** Options of `readdir`. */
export interface ReaddirOptions extends NameOptions {
  readonly withFileTypes?: boolean | undefined;
  /** Whether what is in the directories below is listed too, links not followed. Default `false`. */
  readonly recursive?: boolean | undefined;
}

/** Options of `mkdir`. */
export interface MkdirOptions extends Abortable {
  /** Whether missing parents are made too, and a directory that is there is no error. Default `false`. */
  readonly recursive?: boolean | undefined;
  /** Permissions, less the machine's umask. Default 0o777. */
  readonly mode?: string | number | undefined;
}

/** What stands in a directory, `readdir`'s way. */
export async function readdir(
  calls: FileCalls,
  path: PathLike,
  o: ReaddirOptions,
): Promise<(string | Buffer | Dirent | Dirent<Buffer>)[]> {
  const bytes = o.encoding === 'buffer';
  const text = textNames(o.encoding);
  return calls.look('scandir', o, async (call) => {
    const top = await call.at(path);
    try {
      const found = o.recursive
        ? await below(call, top)
        : [{ directory: top, prefix: EMPTY, entries: await allEntries(call, top) }];
      return found.flatMap(({ directory, prefix, entries }) =>
        entries.map(({ name, kind }) => {
          if (!o.withFileTypes) return bytes ? childPath(prefix, name) : text(childPath(prefix, name));
          return bytes
            ? new Dirent(name, nameFromBytes(directory), kind)
            : new Dirent(text(name), nameFromBytes(directory), kind);
        }),
      );
    } catch (error) {
      throw retell(error, { syscall: 'scandir' });
    }
  });
}

interface Listed {
  readonly directory: Buffer;
  readonly prefix: Buffer;
  readonly entries: readonly Entry[];
}

const EMPTY = Buffer.alloc(0);

async function below(call: FileCall, top: Buffer): Promise<Listed[]> {
  const found: Listed[] = [];
  const stack: (Unlisted & { prefix: Buffer })[] = [{ path: top, prefix: EMPTY }];
  for (let step = nextListing(call, stack); step !== undefined; step = nextListing(call, stack)) {
    const { path, prefix } = step.next;
    const entries = await step.listing;
    found.push({ directory: path, prefix, entries });
    for (const entry of entries.filter(isDirectory).reverse()) {
      stack.push({ path: childPath(path, entry.name), prefix: childPath(prefix, entry.name) });
    }
    call.check();
  }
  return found;
}

/** Makes a directory. Gives the first one that was made where parents are made too. */
export async function mkdir(calls: FileCalls, path: PathLike, o: MkdirOptions): Promise<string | undefined> {
  const mode = fileMode(o.mode, 0o777);
  return calls.run('mkdir', o, async (call) => {
    const bytes = await call.at(path);
    if (o.recursive) {
      const first = await makeParents(call, withoutSlashes(bytes), mode);
      return first === undefined ? undefined : nameFromBytes(first);
    }
    await call.files.mkdir(bytes, mode);
    return undefined;
  });
}

/** Makes a directory and what it needs above it. Gives the first one that was made. */
export async function makeParents(call: FileCall, path: Buffer, mode: number): Promise<Buffer | undefined> {
  const missing: Buffer[] = [path];
  let first: Buffer | undefined;
  for (let at = missing.at(-1); at !== undefined; at = missing.at(-1)) {
    call.check();
    try {
      await call.files.mkdir(at, mode);
      first ??= at;
      missing.pop();
    } catch (error) {
      const { parent } = splitPath(at);
      if (fileCode(error) === 'ENOENT' && parent.length < at.length && !parent.equals(at) && first === undefined) {
        missing.push(parent);
        continue;
      }
      // Somebody else may have made it; a link that leads to a directory is one too.
      const there = await call.files.stat(at).catch(() => undefined);
      if (there?.isDirectory()) {
        missing.pop();
        continue;
      }
      const inTheWay = there !== undefined && missing.length > 1;
      throw inTheWay
        ? new FileError('ENOTDIR', { syscall: 'mkdir', path: nameFromBytes(path), host: call.host, cause: error })
        : retell(error, { syscall: 'mkdir', path: nameFromBytes(path) });
    }
  }
  return first;
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Makes a directory of a new name that begins with `prefix`, for its owner alone. */
export async function mkdtemp(calls: FileCalls, prefix: PathLike, o: NameOptions): Promise<string | Buffer> {
  const named = namesIn(o.encoding);
  return calls.run('mkdtemp', o, async (call) => {
    const bytes = await call.at(prefix, 'prefix');
    for (let tries = 0; ; tries += 1) {
      const letters = Array.from(randomBytes(6), (byte) => LETTERS.charAt(byte % LETTERS.length)).join('');
      const path = Buffer.concat([bytes, Buffer.from(letters)]);
      try {
        await call.files.mkdir(path, 0o700);
        return named(path);
      } catch (error) {
        if (fileCode(error) !== 'EEXIST' || tries === 100) {
          throw retell(error, { syscall: 'mkdtemp', path: `${nameFromBytes(bytes)}XXXXXX` });
        }
      }
    }
  });
}
