import { OptionError } from '../../core/hawser-error.js';

/** Bytes in memory, or a view of them. */
export type Bytes = NodeJS.ArrayBufferView;

/** What can be written: text, bytes, or something that yields them (a list, a generator, a stream). */
export type WriteData = string | Bytes | Iterable<string | Bytes> | AsyncIterable<string | Bytes>;

/** The bytes that a caller wants written, a piece at a time. */
export class ByteSource {
  readonly #encoding: BufferEncoding;
  #rest: Buffer | undefined;
  #more: AsyncIterator<unknown> | Iterator<unknown> | undefined;

  /** Throws {@link OptionError} for data that cannot be written. */
  constructor(data: WriteData, encoding: BufferEncoding = 'utf8') {
    this.#encoding = encoding;
    if (typeof data === 'string' || ArrayBuffer.isView(data)) this.#rest = toBuffer(data, encoding);
    else this.#more = iteratorOf(data);
  }

  /** The next bytes, `length` of them or fewer; `undefined` at the end. */
  async next(length: number): Promise<readonly Buffer[] | undefined> {
    for (;;) {
      const rest = this.#rest;
      if (rest !== undefined && rest.length > 0) {
        this.#rest = rest.length > length ? rest.subarray(length) : undefined;
        return [rest.subarray(0, length)];
      }
      const result = await this.#more?.next();
      if (result === undefined || result.done) {
        this.#more = undefined;
        return undefined;
      }
      this.#rest = toBuffer(result.value, this.#encoding);
    }
  }

  /** Tells whoever yields the bytes that no more are wanted. */
  async stop(): Promise<void> {
    const more = this.#more;
    this.#more = undefined;
    await more?.return?.();
  }
}

/** The bytes of text or of a view; the same memory where it is bytes already. */
export function toBuffer(data: unknown, encoding: BufferEncoding = 'utf8'): Buffer {
  if (typeof data === 'string') return Buffer.from(data, encoding);
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  throw new OptionError(`Expected the data to write to be text or bytes, got ${data === null ? 'null' : typeof data}.`);
}

function iteratorOf(data: unknown): AsyncIterator<unknown> | Iterator<unknown> {
  if (isIterable(data, Symbol.asyncIterator)) return data[Symbol.asyncIterator]();
  if (isIterable(data, Symbol.iterator)) return data[Symbol.iterator]();
  throw new OptionError(
    `Expected the data to write to be text, bytes, or something that yields them, got ${data === null ? 'null' : typeof data}.`,
  );
}

function isIterable<S extends symbol>(
  data: unknown,
  key: S,
): data is Record<S, () => S extends typeof Symbol.asyncIterator ? AsyncIterator<unknown> : Iterator<unknown>> {
  return typeof data === 'object' && data !== null && typeof Reflect.get(data, key) === 'function';
}
