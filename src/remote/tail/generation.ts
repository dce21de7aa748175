import type { OpenFile } from '../files/file-driver.js';
import { readRange } from './read-range.js';
import type { FileId } from './same-file.js';

/** How much of what was read last is remembered, in bytes: by this a file is known again. */
const MARK = 256;
/** How much is read at once, in bytes. */
const CHUNK = 256 * 1024;

/** How far a file was read, and how to know it again. */
export interface Mark {
  readonly position: number;
  /** The last bytes before `position`. */
  readonly bytes: Buffer;
}

const NOTHING_READ: Mark = { position: 0, bytes: Buffer.alloc(0) };

/** One of the files that stand at a path one after another, and how far it was read. */
export class Generation {
  readonly file: OpenFile;
  /** Which file it was when it was opened: over a shell, its name may stand for another one later on. */
  readonly id: FileId;
  #position: number;
  #mark: Buffer = Buffer.alloc(0);

  constructor(file: OpenFile, { ino, dev }: FileId, at: Mark = NOTHING_READ) {
    this.file = file;
    this.id = { ino, dev };
    this.#position = at.position;
    this.#mark = at.bytes;
  }

  get mark(): Mark {
    return { position: this.#position, bytes: this.#mark };
  }

  get position(): number {
    return this.#position;
  }

  /**
   * The next bytes, up to `end`. `'changed'` where those before them are no more the ones that were read: the file was
   * truncated and written anew. That is found without asking more often, since each read begins a little before.
   */
  async read(end: number): Promise<Buffer | 'changed'> {
    const overlap = this.#mark.length;
    const start = this.#position - overlap;
    const pieces = await this.file.read(start, overlap + Math.min(CHUNK, end - this.#position));
    const got = Buffer.concat(pieces);
    // A server may give as little at a time as it likes.
    const bytes = got.length > overlap ? got : await readRange(this.file, start, overlap + 1);
    if (!bytes.subarray(0, overlap).equals(this.#mark)) return 'changed';
    const fresh = bytes.subarray(overlap);
    this.#position += fresh.length;
    // A copy, which does not keep all of what was read.
    this.#mark = Buffer.from(bytes.subarray(Math.max(0, bytes.length - MARK)));
    return fresh;
  }

  /** Begins again at the start of the file. */
  restart(): void {
    this.moveTo(NOTHING_READ);
  }

  /** Goes on at a mark. */
  moveTo({ position, bytes }: Mark): void {
    this.#position = position;
    this.#mark = bytes;
  }
}

/** What a file is known by when it is read up to a position. */
export async function markAt(file: OpenFile, position: number): Promise<Mark> {
  const length = Math.min(MARK, position);
  const bytes = length === 0 ? Buffer.alloc(0) : await readRange(file, position - length, length);
  return { position, bytes: Buffer.from(bytes) };
}

/** Whether a file has the bytes of a mark at its position. */
export async function holdsMark(file: OpenFile, { position, bytes }: Mark): Promise<boolean> {
  if (bytes.length === 0) return true;
  return (await readRange(file, position - bytes.length, bytes.length)).equals(bytes);
}
