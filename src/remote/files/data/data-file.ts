import { throwIfAborted } from '../../../core/abort.js';
import type { PullOptions } from '../file-driver.js';
import { ReadOnlyFile } from '../read-only-file.js';
import type { Stats } from '../stats.js';

/** How much is handed on at a time, in bytes. */
const PIECE = 256 * 1024;

/** Bytes in memory as an open file, to be read. */
export class DataFile extends ReadOnlyFile {
  readonly #data: Buffer;
  readonly #stats: Stats;

  constructor(data: Buffer, stats: Stats) {
    super('data in memory is open for reading');
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

  async close(): Promise<void> {}
}
