import { HawserError, type HawserErrorOptions } from './hawser-error.js';
import { visible } from './visible.js';

/** What a {@link FileError} is about. */
export interface FileErrorOptions extends HawserErrorOptions {
  /** The call that failed, as Node names it: `'open'`, `'mkdir'`, `'scandir'`, … */
  readonly syscall: string;
  readonly path?: string | undefined;
  /** The other path of a call with two: `rename`, `link`, `symlink`, `copyfile`. */
  readonly dest?: string | undefined;
  /** What the server said, or what else is known, where it says more than the code. */
  readonly detail?: string | undefined;
}

const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EBADF: 'the file is not open',
  EBUSY: 'it is in use',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'it exists already',
  EFBIG: 'the file would be too large',
  EINVAL: 'invalid argument',
  EIO: 'the disk or the server failed',
  EISDIR: 'it is a directory',
  ELOOP: 'too many symbolic links',
  EMFILE: 'too many open files',
  EMLINK: 'too many links',
  ENAMETOOLONG: 'the name is too long',
  ENODATA: 'no data',
  ENOENT: 'no such file or directory',
  ENOSPC: 'no space is left on the device',
  ENOSYS: 'the server cannot do that',
  ENOTDIR: 'it is not a directory',
  ENOTEMPTY: 'the directory is not empty',
  ENOTSUP: 'the file system cannot do that',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ESTALE: 'the file handle is stale',
  ETXTBSY: 'the program is running',
  EXDEV: 'it lies on another file system',
};

/**
 * A call on a file failed. `code` is Node's (`'ENOENT'`, `'EACCES'`, …), on every kind of machine; `'EIO'` where the
 * server tells no more than that it failed. Names are shown with control characters made visible.
 */
export class FileError extends HawserError {
  readonly syscall: string;
  readonly path: string | undefined;
  readonly dest: string | undefined;

  constructor(code: string, o: FileErrorOptions) {
    super(code, fileMessage(code, o), o);
    this.syscall = o.syscall;
    this.path = o.path;
    this.dest = o.dest;
  }

  override toJSON(): Record<string, unknown> {
    const { syscall, path, dest } = this;
    return {
      ...super.toJSON(),
      syscall,
      ...(path === undefined ? {} : { path }),
      ...(dest === undefined ? {} : { dest }),
    };
  }
}

function fileMessage(code: string, o: FileErrorOptions): string {
  const { syscall, path, dest, detail } = o;
  const machine = o.key ?? o.host;
  const names = [path, dest]
    .filter((name) => name !== undefined)
    .map((name) => ` '${visible(name).replaceAll('\n', '\\n')}'`);
  const where = machine === undefined ? '' : ` on ${machine}`;
  const what = WORDS[code] ?? 'it failed';
  return `${code}: ${what}, ${syscall}${names.join(' ->')}${where}${detail === undefined ? '' : ` (${visible(detail)})`}`;
}
