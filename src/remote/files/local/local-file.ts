import type { FileHandle } from 'node:fs/promises';
import { throwIfAborted } from '../../../core/abort.js';
import type { FileTimes, OpenFile, PullOptions, PushOptions } from '../file-driver.js';
import { withoutFirst } from '../pieces.js';
import { Stats } from '../stats.js';
import { localError } from './local-error.js';

/** How much is read or written at a time, in bytes. */
const PIECE = 256 * 1024;

/** How many pieces one call writes: IOV_MAX of Linux (limits.h). */
const MOST_PIECES = 1024;

/** What is known of an open file besides its handle: for errors. */
export interface LocalFileOptions {
  readonly host: string;
  readonly path: string;
  /** Called once when it has been closed. */
  readonly closed: () => void;
}

/** An open file of this machine. */
export class LocalFile implements OpenFile {
  readonly #handle: FileHandle;
  readonly #o: LocalFileOptions;
  /** Whether reads and writes name a position: pipes and terminals have none. */
  #seekable = true;
  #closing: Promise<void> | undefined;

  constructor(handle: FileHandle, o: LocalFileOptions) {
    this.#handle = handle;
    this.#o = o;
  }

  async read(position: number, length: number): Promise<readonly Buffer[]> {
    if (length === 0) return [];
    const buffer = Buffer.allocUnsafe(length);
    const bytesRead = await this.readInto(position, buffer);
    return bytesRead === 0 ? [] : [buffer.subarray(0, bytesRead)];
  }

  readInto(position: number, into: Buffer): Promise<number> {
    return this.#call('read', () => this.#read(into, position));
  }

  async write(position: number, pieces: readonly Buffer[]): Promise<void> {
    await this.#call('write', async () => {
      let at = position;
      for (let left = pieces; left.length > 0; ) {
        const written = await this.#write(left, at);
        at += written;
        left = withoutFirst(left, written);
      }
    });
  }

  async pull(o: PullOptions): Promise<number> {
    const end = o.end ?? Number.POSITIVE_INFINITY;
    let position = o.start;
    while (position < end) {
      throwIfAborted(o.signal, `reading ${this.#o.path}`, this.#o.host);
      // One byte more than is expected finds the end of the file in the same call.
      const expected = o.expected === undefined ? PIECE : Math.max(o.expected - position + 1, 4096);
      const pieces = await this.read(position, Math.min(PIECE, expected, end - position));
      if (pieces.length === 0) break;
      const from = position;
      for (const piece of pieces) position += piece.length;
      await o.take(from, pieces);
    }
    return position;
  }

  async push(o: PushOptions): Promise<number> {
    let position = o.start;
    for (;;) {
      throwIfAborted(o.signal, `writing ${this.#o.path}`, this.#o.host);
      const pieces = await o.next(PIECE);
      if (pieces === undefined) return position;
      await this.write(position, pieces);
      const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
      position += length;
      o.written?.(length);
    }
  }

  stat(): Promise<Stats> {
    return this.#call('fstat', async () => new Stats(await this.#handle.stat()));
  }

  truncate(length: number): Promise<void> {
    return this.#call('ftruncate', () => this.#handle.truncate(length));
  }

  chmod(mode: number): Promise<void> {
    return this.#call('fchmod', () => this.#handle.chmod(mode));
  }

  chown(uid: number, gid: number): Promise<void> {
    return this.#call('fchown', () => this.#handle.chown(uid, gid));
  }

  utimes({ atimeMs, mtimeMs }: FileTimes): Promise<void> {
    return this.#call('futime', () => this.#handle.utimes(atimeMs / 1000, mtimeMs / 1000));
  }

  sync(): Promise<void> {
    return this.#call('fsync', () => this.#handle.sync());
  }

  close(): Promise<void> {
    this.#closing ??= this.#call('close', () => this.#handle.close()).finally(this.#o.closed);
    return this.#closing;
  }

  async #read(buffer: Buffer, position: number): Promise<number> {
    if (this.#seekable) {
      try {
        return (await this.#handle.read(buffer, 0, buffer.length, position)).bytesRead;
      } catch (error) {
        this.#learn(error);
      }
    }
    return (await this.#handle.read(buffer, 0, buffer.length, null)).bytesRead;
  }

  async #writeOne(piece: Buffer, position: number): Promise<number> {
    if (this.#seekable) {
      try {
        return (await this.#handle.write(piece, 0, piece.length, position)).bytesWritten;
      } catch (error) {
        this.#learn(error);
      }
    }
    return (await this.#handle.write(piece)).bytesWritten;
  }

  async #write(pieces: readonly Buffer[], position: number): Promise<number> {
    const [first] = pieces;
    // One piece is the usual case, and a plain write costs less.
    if (pieces.length === 1 && first !== undefined) return this.#writeOne(first, position);
    const some = pieces.slice(0, MOST_PIECES);
    if (this.#seekable) {
      try {
        return (await this.#handle.writev(some, position)).bytesWritten;
      } catch (error) {
        this.#learn(error);
      }
    }
    return (await this.#handle.writev(some)).bytesWritten;
  }

  /** Takes note of a file without positions; throws any other error. */
  #learn(error: unknown): void {
    if (!(error instanceof Error) || Reflect.get(error, 'code') !== 'ESPIPE') throw error;
    this.#seekable = false;
  }

  async #call<T>(syscall: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw localError(error, { syscall, path: this.#o.path, host: this.#o.host });
    }
  }
}
