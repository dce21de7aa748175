import { throwIfAborted } from '../../../core/abort.js';
import { FileError } from '../../../core/file-error.js';
import type { OpenFile, PullOptions } from '../../files/file-driver.js';
import type { Stats } from '../../files/stats.js';
import type { Reader, SharedFile } from './shared-file.js';

/** How much is handed on at a time, in bytes: no more than a block of the file holds. */
const PIECE = 256 * 1024;

/** One of many who read the same file: an open file, to be read. */
export class SharedReader implements OpenFile, Reader {
  readonly #file: SharedFile;
  #position = 0;
  #closing: Promise<void> | undefined;

  private constructor(file: SharedFile) {
    this.#file = file;
  }

  /** Opens the file for one more reader. Throws as opening it does. */
  static async open(file: SharedFile): Promise<SharedReader> {
    const reader = new SharedReader(file);
    await file.join(reader);
    return reader;
  }

  get position(): number {
    return this.#position;
  }

  read(position: number, length: number): Promise<readonly Buffer[]> {
    if (this.#closing !== undefined) return refuse('read', 'the file is closed');
    this.#position = position;
    return this.#file.read(position, length);
  }

  async pull(o: PullOptions): Promise<number> {
    const end = o.end ?? Number.POSITIVE_INFINITY;
    let position = o.start;
    while (position < end) {
      throwIfAborted(o.signal, 'reading a shared file');
      const pieces = await this.read(position, Math.min(PIECE, end - position));
      if (pieces.length === 0) break;
      const from = position;
      for (const piece of pieces) position += piece.length;
      this.#position = position;
      await o.take(from, pieces);
    }
    return position;
  }

  stat(): Promise<Stats> {
    return this.#file.now();
  }

  write(): Promise<void> {
    return refuse('write');
  }

  push(): Promise<number> {
    return refuse('write');
  }

  truncate(): Promise<void> {
    return refuse('ftruncate');
  }

  chmod(): Promise<void> {
    return refuse('fchmod');
  }

  chown(): Promise<void> {
    return refuse('fchown');
  }

  utimes(): Promise<void> {
    return refuse('futimes');
  }

  async sync(): Promise<void> {}

  close(): Promise<void> {
    this.#closing ??= this.#file.leave(this);
    return this.#closing;
  }
}

async function refuse(syscall: string, detail: string = 'it is open for reading, by many'): Promise<never> {
  throw new FileError('EBADF', { syscall, detail });
}
