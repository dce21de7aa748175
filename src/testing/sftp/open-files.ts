import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { Status } from '../../remote/files/sftp/protocol.js';

/** A failure with a status of its own. */
export class SftpFailure extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** An open file, or what is left to list of a directory. */
type OpenFile = { readonly file: FileHandle } | { readonly directory: Buffer; readonly names: string[] };

/** What a client holds open, by handle. */
export class OpenFiles {
  readonly #open = new Map<string, OpenFile>();
  #last = 0;

  add(opened: OpenFile): Buffer {
    this.#last += 1;
    const handle = String(this.#last);
    this.#open.set(handle, opened);
    return Buffer.from(handle);
  }

  file(handle: Buffer): FileHandle {
    const opened = this.#open.get(handle.toString());
    if (opened === undefined || !('file' in opened)) throw invalidHandle();
    return opened.file;
  }

  directory(handle: Buffer): { readonly directory: Buffer; readonly names: string[] } {
    const opened = this.#open.get(handle.toString());
    if (opened === undefined || !('names' in opened)) throw invalidHandle();
    return opened;
  }

  async close(handle: Buffer): Promise<void> {
    const opened = this.#open.get(handle.toString());
    if (opened === undefined) throw invalidHandle();
    this.#open.delete(handle.toString());
    if ('file' in opened) await opened.file.close();
  }

  async closeAll(): Promise<void> {
    const all = [...this.#open.keys()];
    await Promise.all(all.map((handle) => this.close(Buffer.from(handle)).catch(() => {})));
  }
}

function invalidHandle(): SftpFailure {
  return new SftpFailure(Status.FAILURE, 'Invalid handle');
}

const READ = 0x1;
const WRITE = 0x2;
const APPEND = 0x4;
const CREATE = 0x8;
const TRUNCATE = 0x10;
const EXCLUSIVE = 0x20;

/** `SSH_FXF_*` flags as open(2) takes them. A link at the end was resolved before, so none is followed here. */
export function openFlags(flags: number): number {
  const access = flags & WRITE ? (flags & READ ? constants.O_RDWR : constants.O_WRONLY) : constants.O_RDONLY;
  return (
    access |
    constants.O_NOFOLLOW |
    (flags & APPEND ? constants.O_APPEND : 0) |
    (flags & CREATE ? constants.O_CREAT : 0) |
    (flags & TRUNCATE ? constants.O_TRUNC : 0) |
    (flags & EXCLUSIVE ? constants.O_EXCL : 0)
  );
}

/** The status of an error, as OpenSSH's server maps `errno`. */
export function statusOf(error: unknown): { status: number; message: string } {
  if (error instanceof SftpFailure) return { status: error.status, message: error.message };
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EBADF':
    case 'ELOOP':
      return { status: Status.NO_SUCH_FILE, message: 'No such file' };
    case 'EPERM':
    case 'EACCES':
    case 'EFAULT':
      return { status: Status.PERMISSION_DENIED, message: 'Permission denied' };
    case 'ENAMETOOLONG':
    case 'EINVAL':
      return { status: Status.BAD_MESSAGE, message: 'Bad message' };
    default:
      return { status: Status.FAILURE, message: 'Failure' };
  }
}
