import { rmdir, stat } from 'node:fs/promises';
import { dirname, join, posix, sep } from 'node:path';
import { OptionError } from '../core/hawser-error.js';
import { expandHome } from '../core/home.js';
import { makeDirectories } from '../core/make-directories.js';

/** What stands for the host's key in a local name. */
const KEY = '{key}';

/** What some file system will not have in a name, `%` itself, and what a terminal might obey. */
const UNSAFE = /[/\\:*?"<>|%\u0000-\u001f\u007f-\u009f]/g;

/** The local name for what comes from a host. */
export type LocalNameOf = (key: string) => string;

/**
 * A host's key as a file's name: `/`, `:` and whatever else some file system refuses are written as `%2F`, as in a URL,
 * so that two keys never have one name.
 */
export function fileNameOf(key: string): string {
  if (/^\.{0,2}$/.test(key)) return key === '' ? '%' : key.replaceAll('.', '%2E');
  return key.replace(UNSAFE, (c) =>
    Array.from(Buffer.from(c), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}

/**
 * Says what each host's copy of something is called here. A name with `{key}` has the host's key in its place. In a
 * directory (one that exists, or a name that ends in `/`) each host has a directory of its own, called by its key. For one
 * host alone the name stands as it is given.
 *
 * @throws OptionError where several hosts would write to one name.
 */
export async function localNames(local: string, keys: readonly string[]): Promise<LocalNameOf> {
  if (local.includes(KEY)) return (key) => local.replaceAll(KEY, () => fileNameOf(key));
  if (keys.length <= 1) return () => local;
  if (!local.endsWith('/') && !local.endsWith(sep) && !(await isDirectory(local))) {
    throw new OptionError(
      `Expected a local name for each of the ${keys.length} hosts, got ${JSON.stringify(local)} for all of them: ` +
        `put ${KEY} into it, or name a directory ("${local}/").`,
    );
  }
  return (key) => `${join(local, fileNameOf(key))}/`;
}

/** The last part of a remote path; `''` for one that has no name of its own, such as `/`, `~` or `..`. */
export function remoteName(remote: string): string {
  const name = posix.basename(remote);
  return name === '.' || name === '..' || name.startsWith('~') ? '' : name;
}

/**
 * Makes the directory that a host's name lies in, where the key is a part of it, and says how to take away again what
 * nothing was put into.
 */
export async function makeRoom(local: string, template: string): Promise<() => Promise<void>> {
  if (!dirname(template).includes(KEY)) return async () => {};
  const directory = dirname(expandHome(local));
  const first = await makeDirectories(directory);
  return async () => {
    if (first === undefined) return;
    for (let path = directory; path.length >= first.length; path = dirname(path)) {
      // It stays where another host has put something into it meanwhile.
      if (!(await rmdir(path).then(yes, no))) return;
    }
  };
}

/** Whether something here is a directory. */
export async function isDirectory(local: string): Promise<boolean> {
  const stats = await stat(expandHome(local)).catch(() => undefined);
  return stats?.isDirectory() === true;
}

const yes = (): boolean => true;
const no = (): boolean => false;
