import { throwIfAborted } from '../../../core/abort.js';
import type { FileDigest, PullOptions } from '../../files/file-driver.js';
import { ReadOnlyFile } from '../../files/read-only-file.js';
import type { Stats } from '../../files/stats.js';
import type { Reader, SharedFile } from './shared-file.js';

/** How much is handed on at a time, in bytes: no more than a block of the file holds. */
const PIECE = 256 * 1024;

/** One of many who read the same file: an open file, to be read. */
export class SharedReader extends ReadOnlyFile implements Reader {
  readonly #file: SharedFile;
  #position = 0;
  #closing: Promise<void> | undefined;

  private constructor(file: SharedFile) {
    super('it is open for reading, by many');
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
    if (this.#closing !== undefined) return this.refuse('read', 'the file is closed');
    this.#position = position;
    return this.#file.read(position, length);
  }

  digest(length: number): FileDigest {
    return this.#file.digest(length);
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

  close(): Promise<void> {
    this.#closing ??= this.#file.leave(this);
    return this.#closing;
  }
}
