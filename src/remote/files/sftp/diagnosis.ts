import type { FileAct } from './file-act.js';
import type { FileLook } from './file-look.js';
import { isTooLong, parentOf, whyMissing, withoutSlashes } from './missing-path.js';
import { Status } from './protocol.js';

/** Codes of later versions of the protocol, which some servers send all the same (draft-ietf-secsh-filexfer-13 §9.1). */
const LATER_CODES: Readonly<Record<number, string>> = {
  9: 'EBADF',
  10: 'ENOENT',
  11: 'EEXIST',
  12: 'EROFS',
  14: 'ENOSPC',
  15: 'EDQUOT',
  17: 'EBUSY',
  18: 'ENOTEMPTY',
  19: 'ENOTDIR',
  20: 'EINVAL',
  21: 'ELOOP',
  22: 'EPERM',
  24: 'EISDIR',
};

/** Calls on what is open already. Their "no such file" is `EBADF`. */
const ON_OPEN: ReadonlySet<string> = new Set([
  'read',
  'write',
  'fstat',
  'ftruncate',
  'fchmod',
  'fchown',
  'futime',
  'fsync',
  'close',
  'copyfile',
]);

/** Calls that only the owner may make, on files that anyone may see. */
const OWNERS: ReadonlySet<string> = new Set([
  'chmod',
  'chown',
  'utime',
  'lchmod',
  'lchown',
  'lutime',
  'fchmod',
  'fchown',
  'futime',
]);

/** Calls on a link itself, or on a name. */
const NOT_FOLLOWING: ReadonlySet<string> = new Set([
  'lstat',
  'mkdir',
  'rmdir',
  'unlink',
  'rename',
  'link',
  'symlink',
  'readlink',
  'lchmod',
  'lchown',
  'lutime',
]);

const SLASH = 0x2f;

/** Anyone may make names there, and only their owners may remove them. */
const STICKY = 0o1002;

/** Less room than this is none, in bytes: the end of a file system is not reached to the byte. */
const NO_ROOM = 256 * 1024;

/** Sizes that some file systems cannot have, in bytes. */
const HUGE = 2 ** 40;

/**
 * Node's code for a failed call. SFTP has five words for all that may go wrong, so where one is not clear the files are
 * looked at: what is there now tells what was wrong, unless somebody has changed it meanwhile.
 */
export async function diagnose(look: FileLook, act: FileAct, status: number): Promise<string> {
  switch (status) {
    case Status.NO_SUCH_FILE:
      return await missing(look, act);
    case Status.PERMISSION_DENIED:
      return await denied(look, act);
    case Status.BAD_MESSAGE:
      return [act.path, act.dest].some((path) => path !== undefined && isTooLong(path)) ? 'ENAMETOOLONG' : 'EINVAL';
    case Status.OP_UNSUPPORTED:
      return 'ENOSYS';
    case Status.FAILURE:
      return (await failed(look, act)) ?? (act.crowded ? 'EMFILE' : await obstructed(look, act)) ?? 'EIO';
    default:
      return LATER_CODES[status] ?? 'EIO';
  }
}

async function missing(look: FileLook, { syscall, path, dest }: FileAct): Promise<string> {
  if (path === undefined || ON_OPEN.has(syscall)) return 'EBADF';
  if (syscall === 'symlink')
    return dest === undefined || path.length === 0 ? 'ENOENT' : await whyMissing(look, dest, false);
  if (syscall === 'rmdir' || syscall === 'scandir') {
    const seen = await (syscall === 'rmdir' ? look.lstat(withoutSlashes(path)) : look.stat(path));
    if (typeof seen === 'object' && !seen.isDirectory()) return 'ENOTDIR';
  }
  if (dest !== undefined && typeof (await look.lstat(path)) === 'object') {
    const [from, to] = await Promise.all([look.lstat(path), look.lstat(dest)]);
    if (typeof from === 'object' && from.isDirectory() && typeof to === 'object' && !to.isDirectory()) return 'ENOTDIR';
    return await whyMissing(look, dest, false);
  }
  return await whyMissing(look, path, !NOT_FOLLOWING.has(syscall));
}

async function denied(look: FileLook, { syscall, path }: FileAct): Promise<string> {
  if (path === undefined) return 'EACCES';
  if (OWNERS.has(syscall)) return typeof (await look.lstat(path)) === 'object' ? 'EPERM' : 'EACCES';
  if (syscall === 'link') {
    const existing = await look.lstat(path);
    return typeof existing === 'object' && existing.isDirectory() ? 'EPERM' : 'EACCES';
  }
  if (syscall === 'unlink' || syscall === 'rmdir' || syscall === 'rename') {
    const parent = parentOf(path);
    const above = parent === undefined ? undefined : await look.stat(parent);
    if (typeof above === 'object' && (above.mode & STICKY) === STICKY) return 'EPERM';
  }
  return 'EACCES';
}

/** What is in the way at the paths themselves. */
async function failed(look: FileLook, act: FileAct): Promise<string | undefined> {
  const { syscall, path, dest } = act;
  if (path === undefined) return undefined;
  switch (syscall) {
    case 'open':
      return await unopened(look, act, path);
    case 'read':
    case 'write':
    case 'ftruncate': {
      const seen = await look.stat(path);
      return typeof seen === 'object' && seen.isDirectory() ? 'EISDIR' : undefined;
    }
    case 'mkdir':
      return (await isThere(look, path)) ? 'EEXIST' : undefined;
    case 'rmdir':
      if (await look.hasNames(path)) return 'ENOTEMPTY';
      return (await isThere(look, path)) ? undefined : 'ENOENT';
    case 'unlink': {
      const seen = await look.lstat(withoutSlashes(path));
      return typeof seen === 'object' && seen.isDirectory() ? 'EISDIR' : undefined;
    }
    case 'lchmod': {
      const seen = await look.lstat(path);
      return typeof seen === 'object' && seen.isSymbolicLink() ? 'ENOTSUP' : undefined;
    }
    case 'link':
    case 'symlink':
      return dest !== undefined && (await isThere(look, dest)) ? 'EEXIST' : undefined;
    case 'rename':
      return dest === undefined ? undefined : await unrenamed(look, path, dest);
    default:
      return undefined;
  }
}

async function unopened(look: FileLook, act: FileAct, path: Buffer): Promise<string | undefined> {
  if (act.exclusive && (await isThere(look, path))) return 'EEXIST';
  const seen = await look.stat(path);
  // A new file's name cannot end in a slash.
  if (typeof seen !== 'object') return act.writes && path.at(-1) === SLASH ? 'EISDIR' : undefined;
  if (seen.isDirectory() && act.writes) return 'EISDIR';
  return seen.isSocket() ? 'ENXIO' : undefined;
}

async function unrenamed(look: FileLook, from: Buffer, to: Buffer): Promise<string | undefined> {
  const [source, target] = await Promise.all([look.lstat(withoutSlashes(from)), look.lstat(withoutSlashes(to))]);
  if (typeof source !== 'object' || typeof target !== 'object' || !target.isDirectory()) return undefined;
  if (!source.isDirectory()) return 'EISDIR';
  return (await look.hasNames(to)) ? 'ENOTEMPTY' : undefined;
}

async function isThere(look: FileLook, path: Buffer): Promise<boolean> {
  return typeof (await look.lstat(withoutSlashes(path))) === 'object';
}

/** What the file systems say: read-only, full, or two of them. */
async function obstructed(look: FileLook, act: FileAct): Promise<string | undefined> {
  const { syscall, path, dest, bytes = 0 } = act;
  const place = syscall === 'symlink' ? dest : path;
  if (place === undefined || syscall === 'read') return undefined;
  const system = (await look.fileSystem(place)) ?? (await parentSystem(look, place));
  if (system === undefined) return undefined;
  if (dest !== undefined && syscall !== 'symlink') {
    const other = await parentSystem(look, dest);
    if (other !== undefined && other.id !== system.id) return 'EXDEV';
  }
  if (system.readOnly && (syscall !== 'open' || act.writes)) return 'EROFS';
  if (bytes > HUGE) return 'EFBIG';
  const makes = syscall === 'open' || syscall === 'mkdir' || syscall === 'symlink' || syscall === 'link';
  const fills = syscall === 'write' || syscall === 'close' || syscall === 'fsync' || syscall === 'copyfile';
  if (fills && system.available * system.blockSize < Math.max(bytes, NO_ROOM)) return 'ENOSPC';
  if (makes && (system.available === 0 || (system.files > 0 && system.freeFiles === 0))) return 'ENOSPC';
  return undefined;
}

async function parentSystem(look: FileLook, path: Buffer): ReturnType<FileLook['fileSystem']> {
  const parent = parentOf(path);
  return parent === undefined ? undefined : await look.fileSystem(parent);
}
