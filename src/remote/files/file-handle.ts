import { createInterface, type Interface } from 'node:readline';
import type { ReadableStream } from 'node:stream/web';
import type { Abortable } from '../../core/abort.js';
import { FileError } from '../../core/file-error.js';
import { OptionError } from '../../core/hawser-error.js';
import { ByteSource, type Bytes, toBuffer, type WriteData } from './byte-source.js';
import { decoded, type ReadFileOptions, readAll, refuseBuffer, type WriteFileOptions, writeAll } from './content.js';
import type { OpenFile } from './file-driver.js';
import { checkPosition, type Position, readInto, type SliceOptions, slice, sliceOptions } from './handle-places.js';
import { type HeldFile, notOpen } from './held-file.js';
import { checkBigint, checkLength, checkOwner, type StatOptions, type TimeLike, timesOf } from './metadata.js';
import { fileMode, textEncoding } from './open-flags.js';
import { OpenedFile } from './opened-file.js';
import { type HandleReadStreamOptions, RemoteReadStream } from './read-stream.js';
import type { Stats } from './stats.js';
import { webStream } from './web-stream.js';
import { type HandleWriteStreamOptions, RemoteWriteStream } from './write-stream.js';

/** Options of {@link FileHandle.read}. */
export interface HandleReadOptions<B extends Bytes = Buffer> extends SliceOptions {
  /** Where the bytes go. Default: a new buffer of 16 KiB. */
  readonly buffer?: B | undefined;
}

/** Options of {@link FileHandle.readableWebStream}. */
export interface WebStreamOptions {
  /** Only `'bytes'`, which is the default: what Node 24 gives in any case. */
  readonly type?: 'bytes' | undefined;
  /** Whether the handle is closed when the stream has ended. Default `false`. */
  readonly autoClose?: boolean | undefined;
}

/**
 * An open file, as the `FileHandle` of `node:fs/promises`, with its event `close`. Its connection counts as busy until
 * {@link close}. Calls after that throw `FileError` with the code `EBADF`.
 *
 * It cannot be sent to a worker thread (`postMessage`), as Node's can: the connection stays where it was made.
 */
export class FileHandle extends OpenedFile implements AsyncDisposable {
  readonly #held: HeldFile;
  #position = 0;
  /** The last call that works where the one before it ended. */
  #turn: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;
  /** Fires when it is closed; made for the one web stream that there can be. */
  #web: AbortController | undefined;

  constructor(held: HeldFile) {
    super(held.fd);
    this.#held = held;
  }

  /** Fills a buffer, or a part of it. `bytesRead` is less than was asked for at the end of the file alone, and 0 there. */
  read<B extends Bytes>(
    buffer: B,
    offset?: number | null,
    length?: number | null,
    position?: Position,
  ): Promise<{ bytesRead: number; buffer: B }>;
  read<B extends Bytes>(buffer: B, o?: SliceOptions): Promise<{ bytesRead: number; buffer: B }>;
  read<B extends Bytes = Buffer>(o?: HandleReadOptions<B>): Promise<{ bytesRead: number; buffer: B }>;
  async read(
    first?: Bytes | HandleReadOptions<Bytes>,
    second?: number | null | SliceOptions,
    length?: number | null,
    position?: Position,
  ): Promise<{ bytesRead: number; buffer: Bytes }> {
    const file = this.#file('read');
    const o = ArrayBuffer.isView(first) ? sliceOptions(second, length, position) : (first ?? {});
    const buffer = ArrayBuffer.isView(first) ? first : (first?.buffer ?? Buffer.alloc(16 * 1024));
    const into = slice(toBuffer(buffer), o);
    const bytesRead = await this.#at(o.position, async (at) => {
      const done = await readInto(file, into, at);
      return { value: done, length: done };
    });
    return { bytesRead, buffer };
  }

  /** Writes a buffer, a part of it, or text. A file opened to append takes it at its end, whatever the position. */
  write<B extends Bytes>(
    buffer: B,
    offset?: number | null,
    length?: number | null,
    position?: Position,
  ): Promise<{ bytesWritten: number; buffer: B }>;
  write<B extends Bytes>(buffer: B, o?: SliceOptions): Promise<{ bytesWritten: number; buffer: B }>;
  write(
    text: string,
    position?: Position,
    encoding?: BufferEncoding | null,
  ): Promise<{ bytesWritten: number; buffer: string }>;
  async write(
    data: string | Bytes,
    second?: Position | SliceOptions,
    third?: number | null | BufferEncoding,
    position?: Position,
  ): Promise<{ bytesWritten: number; buffer: string | Bytes }> {
    const file = this.#file('write');
    const text = typeof data === 'string';
    const place = typeof second === 'object' || text ? second : undefined;
    const o = text
      ? { position: typeof place === 'object' ? undefined : place }
      : sliceOptions(
          typeof second === 'bigint' ? Number(second) : second,
          typeof third === 'string' ? undefined : third,
          position,
        );
    const encoding = text ? textEncoding(typeof third === 'string' ? third : undefined) : undefined;
    const bytes = text ? Buffer.from(data, encoding) : slice(toBuffer(data), o);
    await this.#at(o.position, async (at) => {
      await file.write(at, [bytes]);
      return { value: undefined, length: bytes.length };
    });
    return { bytesWritten: bytes.length, buffer: data };
  }

  /** Fills one buffer after the other. */
  async readv<B extends Bytes>(
    buffers: readonly B[],
    position?: Position,
  ): Promise<{ bytesRead: number; buffers: readonly B[] }> {
    const file = this.#file('read');
    const bytesRead = await this.#at(position, async (at) => {
      let done = 0;
      for (const buffer of buffers) {
        const got = await readInto(file, toBuffer(buffer), at + done);
        done += got;
        if (got < buffer.byteLength) break;
      }
      return { value: done, length: done };
    });
    return { bytesRead, buffers };
  }

  /** Writes one buffer after the other. */
  async writev<B extends Bytes>(
    buffers: readonly B[],
    position?: Position,
  ): Promise<{ bytesWritten: number; buffers: readonly B[] }> {
    const file = this.#file('write');
    const pieces = buffers.map((buffer) => toBuffer(buffer));
    const bytesWritten = pieces.reduce((sum, piece) => sum + piece.length, 0);
    await this.#at(position, async (at) => {
      await file.write(at, pieces);
      return { value: undefined, length: bytesWritten };
    });
    return { bytesWritten, buffers };
  }

  /** Reads from the current position to the end. */
  readFile(o: (Abortable & { encoding: BufferEncoding }) | BufferEncoding): Promise<string>;
  readFile(o?: (Abortable & { encoding?: 'buffer' | null | undefined }) | 'buffer' | null): Promise<Buffer>;
  readFile(o?: Omit<ReadFileOptions, 'flag'> | BufferEncoding | 'buffer' | null): Promise<string | Buffer>;
  async readFile(o: Omit<ReadFileOptions, 'flag'> | BufferEncoding | 'buffer' | null = {}): Promise<string | Buffer> {
    const { encoding, signal } = typeof o === 'string' || o === null ? { encoding: o, signal: undefined } : o;
    if (typeof o === 'object' && o !== null) refuseBuffer(o);
    const file = this.#file('read');
    const { path, host } = this.#held;
    const bytes = await this.#at(null, async (at) => {
      const value = await readAll(file, at, { path, host, signal });
      return { value, length: value.length };
    });
    return decoded(bytes, textEncoding(encoding));
  }

  /** Writes from the current position on. */
  async writeFile(data: WriteData, o?: Omit<WriteFileOptions, 'flag' | 'mode'> | BufferEncoding | null): Promise<void> {
    const { encoding, signal, flush } = typeof o === 'string' ? { encoding: o } : (o ?? {});
    const file = this.#file('write');
    const source = new ByteSource(data, textEncoding(encoding));
    await this.#at(null, async (at) => ({ value: undefined, length: (await writeAll(file, at, source, signal)) - at }));
    if (flush) await file.sync();
  }

  /** The same as {@link writeFile}: at the end of the file where it was opened to append. */
  appendFile(data: WriteData, o?: Omit<WriteFileOptions, 'flag' | 'mode'> | BufferEncoding | null): Promise<void> {
    return this.writeFile(data, o);
  }

  async stat(o: StatOptions = {}): Promise<Stats> {
    checkBigint(o);
    return this.#file('fstat').stat();
  }

  async truncate(length = 0): Promise<void> {
    await this.#file('ftruncate').truncate(checkLength(length));
  }

  async chmod(mode: string | number): Promise<void> {
    await this.#file('fchmod').chmod(fileMode(mode, 0));
  }

  async chown(uid: number, gid: number): Promise<void> {
    const file = this.#file('fchown');
    const owner = await checkOwner(uid, gid, () => file.stat());
    await file.chown(owner.uid, owner.gid);
  }

  async utimes(atime: TimeLike, mtime: TimeLike): Promise<void> {
    await this.#file('futime').utimes(timesOf(atime, mtime));
  }

  /** Throws `FileError` with the code `ENOSYS` where the server has no fsync. */
  async sync(): Promise<void> {
    await this.#file('fsync').sync();
  }

  /** As {@link sync}: no server tells the two apart. */
  async datasync(): Promise<void> {
    await this.#file('fdatasync').sync();
  }

  /**
   * The bytes from the current position on as a stream of the web's making. The handle stays open after it, unless
   * `autoClose` says otherwise; where it is closed before, the stream ends there.
   *
   * @throws FileError with the code `ERR_INVALID_STATE` where there is one already: a handle gives one.
   */
  readableWebStream(o: WebStreamOptions = {}): ReadableStream<Uint8Array> {
    if (o.type !== undefined && o.type !== 'bytes') {
      throw new OptionError(`Expected the \`type\` option to be 'bytes' or left out, got ${String(o.type)}.`);
    }
    this.#file('read');
    if (this.#web !== undefined) {
      const { path, host } = this.#held;
      const detail = 'the handle has given a web stream before: open the file again for another';
      throw new FileError('ERR_INVALID_STATE', { syscall: 'read', path, host, detail });
    }
    this.#web = new AbortController();
    const after = async (): Promise<void> => (o.autoClose ? this.close() : undefined);
    return webStream(this.createReadStream({ autoClose: false }), this.#web.signal, after);
  }

  /** The lines from the current position on. */
  readLines(o: HandleReadStreamOptions = {}): Interface {
    return createInterface({ input: this.createReadStream(o), crlfDelay: Number.POSITIVE_INFINITY });
  }

  /** Bytes from `start`, or the current position, on. The handle is closed with it, unless `autoClose` is `false`. */
  createReadStream(o: HandleReadStreamOptions = {}): RemoteReadStream {
    const start = o.start ?? this.#position;
    const stream = new RemoteReadStream(this.#held.path, () => this.#lend(o.autoClose ?? true), { ...o, start });
    stream.once('close', () => this.#moveTo(start + stream.bytesRead));
    return stream;
  }

  /** Writes from `start`, or the current position, on. The handle is closed with it, unless `autoClose` is `false`. */
  createWriteStream(o: HandleWriteStreamOptions = {}): RemoteWriteStream {
    const start = o.start ?? this.#position;
    const stream = new RemoteWriteStream(this.#held.path, () => this.#lend(o.autoClose ?? true), { ...o, start });
    stream.once('close', () => this.#moveTo(start + stream.bytesWritten));
    return stream;
  }

  /** Waits for calls that work at the current position, then closes. A second close has nothing to do. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#web?.abort();
    await this.#turn;
    try {
      await this.#held.close();
    } finally {
      this.emit('close');
    }
  }

  #moveTo(position: number): void {
    this.#position = position;
  }

  /** The file for a stream, which closes it or leaves it open. */
  async #lend(close: boolean): Promise<HeldFile> {
    this.#file('open');
    const { file, path, host, fd } = this.#held;
    return { file, path, host, fd, close: async () => (close ? this.close() : undefined) };
  }

  #file(syscall: string): OpenFile {
    if (this.#closing !== undefined) throw notOpen(syscall, this.#held);
    return this.#held.file;
  }

  /** Works at a place; where none is named, where the last such call ended, one after the other. */
  async #at<T>(position: Position, work: (at: number) => Promise<{ value: T; length: number }>): Promise<T> {
    const place = checkPosition(position);
    if (place !== undefined) return (await work(place)).value;
    const turn = this.#turn.then(async () => {
      const { value, length } = await work(this.#position);
      this.#position += length;
      return value;
    });
    this.#turn = turn.catch(() => {});
    return turn;
  }
}
