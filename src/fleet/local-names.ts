import { stat } from 'node:fs/promises';
import { join, posix, sep } from 'node:path';
import { OptionError } from '../core/hawser-error.js';
import { expandHome } from '../core/home.js';

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
 * Says what each host's copy of `remote` is called here. A name with `{key}` has the host's key in its place. A
 * directory (one that exists, or a name that ends in `/`) gets a directory for each key, and in it the remote name. For
 * one host alone the name stands as it is given.
 *
 * @throws OptionError where several hosts would write to one name.
 */
export async function localNames(local: string, remote: string, keys: readonly string[]): Promise<LocalNameOf> {
  if (local.includes(KEY)) return (key) => local.replaceAll(KEY, () => fileNameOf(key));
  if (keys.length <= 1) return () => local;
  if (!local.endsWith('/') && !local.endsWith(sep) && !(await isDirectory(local))) {
    throw new OptionError(
      `Expected a local name for each of the ${keys.length} hosts, got ${JSON.stringify(local)} for all of them: ` +
        `put ${KEY} into it, or name a directory ("${local}/").`,
    );
  }
  const name = remoteName(remote);
  return (key) => join(local, fileNameOf(key), name);
}

/** The last part of a remote path; `''` for one that has no name of its own, such as `/`, `~` or `..`. */
export function remoteName(remote: string): string {
  const name = posix.basename(remote);
  return name === '.' || name === '..' || name.startsWith('~') ? '' : name;
}

async function isDirectory(local: string): Promise<boolean> {
  const stats = await stat(expandHome(local)).catch(() => undefined);
  return stats?.isDirectory() === true;
}
