import { FileError } from '../../../core/file-error.js';
import { visible } from '../../../core/visible.js';
import { nameFromBytes } from '../names.js';

/** One call on a file, as errors tell of it. */
export interface ShellAct {
  /** As Node names it: `'open'`, `'mkdir'`, … */
  readonly syscall: string;
  readonly path?: Buffer | undefined;
  readonly dest?: Buffer | undefined;
}

/** What a machine without SFTP is called, and what it is asked for. */
export interface ShellMachine {
  readonly host: string;
  readonly key: string;
}

/** How strerror(3) words an errno in the C locale: glibc's words, and others' where they differ. */
const ERRNO: Readonly<Record<string, string>> = {
  'no such file or directory': 'ENOENT',
  'directory nonexistent': 'ENOENT',
  'no such file': 'ENOENT',
  'permission denied': 'EACCES',
  'not a directory': 'ENOTDIR',
  'file exists': 'EEXIST',
  'directory not empty': 'ENOTEMPTY',
  'is a directory': 'EISDIR',
  'operation not permitted': 'EPERM',
  'read-only file system': 'EROFS',
  'no space left on device': 'ENOSPC',
  'disk quota exceeded': 'EDQUOT',
  'quota exceeded': 'EDQUOT',
  'file name too long': 'ENAMETOOLONG',
  'filename too long': 'ENAMETOOLONG',
  'too many levels of symbolic links': 'ELOOP',
  'symbolic link loop': 'ELOOP',
  'invalid cross-device link': 'EXDEV',
  'cross-device link': 'EXDEV',
  'text file busy': 'ETXTBSY',
  'device or resource busy': 'EBUSY',
  'resource busy': 'EBUSY',
  'invalid argument': 'EINVAL',
  'file too large': 'EFBIG',
};

/** The error of a script that failed: what it said of itself, or what the command that failed in it said. */
export function shellError(machine: ShellMachine, act: ShellAct, stderr: string): FileError {
  const own = /hawser:(E[A-Z]+)\s*$/.exec(stderr)?.[1];
  const last = stderr.trim().split('\n').at(-1) ?? '';
  const words = last.toLowerCase();
  const known = Object.keys(ERRNO).find((text) => words.endsWith(text));
  const code = own ?? (known === undefined ? undefined : ERRNO[known]);
  return fileError(machine, act, code ?? 'EIO', code === undefined && last !== '' ? visible(last) : undefined);
}

/** What a machine without SFTP cannot do. */
export function unableError(machine: ShellMachine, act: ShellAct, what: string): FileError {
  const detail = `the server has no SFTP, and its shell cannot ${what}: enable the sftp subsystem in its sshd_config`;
  return fileError(machine, act, 'ENOSYS', detail);
}

/** An error of a call, by its code. */
export function fileError(
  { host, key }: ShellMachine,
  { syscall, path, dest }: ShellAct,
  code: string,
  detail?: string,
): FileError {
  return new FileError(code, {
    syscall,
    host,
    key,
    detail,
    ...(path === undefined ? {} : { path: nameFromBytes(path) }),
    ...(dest === undefined ? {} : { dest: nameFromBytes(dest) }),
  });
}
