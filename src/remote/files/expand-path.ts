import { win32 } from 'node:path';
import { FileError } from '../../core/file-error.js';
import { OptionError } from '../../core/hawser-error.js';
import type { FileDriver } from './file-driver.js';
import { bytesFromName, type PathLike } from './names.js';

const TILDE = 0x7e;
const SLASH = 0x2f;
const DOT = 0x2e;

/**
 * The bytes of a path as a caller gave it. Throws {@link OptionError} for what is no path, holds a NUL (Node's
 * `ERR_INVALID_ARG_VALUE`), or is a URL of another kind than `file:`.
 */
export function pathBytes(path: PathLike, name = 'path'): Buffer {
  if (typeof path === 'string') return withoutNul(bytesFromName(path), name);
  if (path instanceof Uint8Array) {
    return withoutNul(Buffer.from(path.buffer, path.byteOffset, path.byteLength), name);
  }
  if (path instanceof URL) return withoutNul(urlBytes(path, name), name);
  const got = path === null ? 'null' : typeof path;
  throw new OptionError(`Expected the \`${name}\` argument to be a string, bytes or a file: URL, got ${got}.`);
}

/**
 * The bytes of a path, with `~`, `~/…` and `~user/…` replaced by the home directory that the machine knows. Only text is
 * expanded, and only at its beginning: a file that is called `~` is `./~`.
 */
export async function expandPath(files: FileDriver, path: PathLike, name?: string): Promise<Buffer> {
  const bytes = pathBytes(path, name);
  if (typeof path !== 'string' || bytes[0] !== TILDE) return bytes;
  const slash = bytes.indexOf(SLASH);
  const user = bytes.toString('utf8', 1, slash === -1 ? bytes.length : slash);
  const home = await files.home(user === '' ? undefined : user);
  return slash === -1 ? home : Buffer.concat([home, bytes.subarray(slash)]);
}

/** Where one gets to from `base`, which is empty or absolute. On Windows, drives and `\\` begin at a root as well. */
export function pathFrom(base: Buffer, path: Buffer): Buffer {
  if (base.length === 0 || path[0] === SLASH) return path;
  if (base[0] !== SLASH && win32.isAbsolute(path.toString('latin1'))) return path;
  // A dot alone would stay in the paths of all that is found.
  if (path.length === 1 && path[0] === DOT) return base;
  return Buffer.concat([base, Buffer.from(base.at(-1) === SLASH ? '' : '/'), path]);
}

/** The error for a path of no characters, which POSIX has mean no file (§4.13). */
export function refuseEmpty(bytes: Buffer, syscall: string, host: string): void {
  if (bytes.length === 0) throw new FileError('ENOENT', { syscall, path: '', host, detail: 'the path is empty' });
}

function withoutNul(bytes: Buffer, name: string): Buffer {
  if (!bytes.includes(0)) return bytes;
  throw new OptionError(`Expected the \`${name}\` argument without NUL bytes: no file name can hold one.`);
}

/** A file's URL names it on the far machine, whatever this one is: it has slashes, and no drive. */
function urlBytes(url: URL, name: string): Buffer {
  if (url.protocol !== 'file:') {
    throw new OptionError(`Expected the \`${name}\` argument to be a URL with the scheme file:, got ${url.protocol}.`);
  }
  if (url.hostname !== '' && url.hostname !== 'localhost') {
    throw new OptionError(`Expected the \`${name}\` argument to be a file: URL without a host, got ${url.hostname}.`);
  }
  if (/%2f/i.test(url.pathname)) {
    throw new OptionError(`Expected the \`${name}\` argument to be a file: URL without %2F, got ${url.pathname}.`);
  }
  const decoded = url.pathname.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(decoded, 'latin1');
}
