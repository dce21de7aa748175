import type { Abortable } from '../../core/abort.js';
import { FileError } from '../../core/file-error.js';
import type { FileCalls } from './file-calls.js';
import type { OpenFile } from './file-driver.js';
import { hold } from './hold.js';
import { nameFromBytes, type PathLike } from './names.js';
import { onlyReads } from './open-flags.js';

/** A file that is open on a connection, which counts as busy until it has been closed or its link has ended. */
export interface HeldFile {
  readonly file: OpenFile;
  readonly path: string;
  readonly host: string;
  /** Names it in messages; the machine knows it by another. */
  readonly fd: number;
  /** The same path opened over the next link, after `error`; left out where it ends with its link. See `hold`. */
  readonly next?: (error: unknown) => Promise<HeldFile>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** How {@link holdFile} opens. */
export interface HoldOptions extends Abortable {
  readonly flags: number;
  readonly mode: number;
  /** Whether it is to be opened again over the next link, asked after each loss. */
  readonly outlives?: (() => boolean) | undefined;
}

/** Opens a file for longer than a call. The signal ends the wait for it alone. */
export function holdFile(calls: FileCalls, path: PathLike, o: HoldOptions): Promise<HeldFile> {
  const { signal, flags, mode } = o;
  const repeatable = onlyReads(flags);
  const outlives = repeatable ? o.outlives : undefined;
  return hold<HeldFile>(calls, { syscall: 'open', signal, repeatable, outlives }, async (call, { release, next }) => {
    const bytes = await call.at(path);
    const file = await call.files.open(bytes, flags, mode);
    let closing: Promise<void> | undefined;
    const close = (): Promise<void> => {
      closing ??= file.close().finally(release);
      return closing;
    };
    const held = { file, path: nameFromBytes(bytes), host: calls.host, fd: calls.nextFd(), close };
    return next === undefined ? held : { ...held, next };
  });
}

/** The error of work with a file that has been closed. */
export function notOpen(syscall: string, held: Pick<HeldFile, 'path' | 'host'>): FileError {
  return new FileError('EBADF', { syscall, path: held.path, host: held.host });
}
