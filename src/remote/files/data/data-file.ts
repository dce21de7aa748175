import { throwIfAborted } from '../../../core/abort.js';
import { FileError } from '../../../core/file-error.js';
import type { OpenFile, PullOptions } from '../file-driver.js';
import type { Stats } from '../stats.js';

/** How much is handed on at a time, in bytes. */
const PIECE = 256 * 1024;

/** Bytes in memory as an open file, to be read. */
export class DataFile implements OpenFile {
  readonly #data: Buffer;
  readonly #stats: Stats;

  constructor(data: Buffer, stats: Stats) {
    this.#data = data;
    this.#stats = stats;
  }

  async read(position: number, length: number): Promise<readonly Buffer[]> {
    const piece = this.#data.subarray(position, position + length);
    return piece.length === 0 ? [] : [piece];
  }

  async pull(o: PullOptions): Promise<number> {
    const end = Math.min(o.end ?? Number.POSITIVE_INFINITY, this.#data.length);
    let position = o.start;
    while (position < end) {
      throwIfAborted(o.signal, 'sending data');
      const piece = this.#data.subarray(position, Math.min(position + PIECE, end));
      const from = position;
      position += piece.length;
      await o.take(from, [piece]);
    }
    return position;
  }

  async stat(): Promise<Stats> {
    return this.#stats;
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

  async close(): Promise<void> {}
}

async function refuse(syscall: string): Promise<never> {
  throw new FileError('EBADF', { syscall, detail: 'data in memory is open for reading' });
}
