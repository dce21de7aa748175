import { FileError } from '../../../core/file-error.js';
import type { OpenFile } from '../../files/file-driver.js';
import type { Stats } from '../../files/stats.js';
import type { Block, BlockCache } from './block-cache.js';
import { SharedDigest } from './shared-digest.js';

/** How much is read of a file at a time, in bytes. */
const BLOCK = 256 * 1024;

/** Someone who reads a shared file from its beginning to its end, at a pace of its own. */
export interface Reader {
  /** The next byte that it will want. */
  readonly position: number;
}

/** What a shared file is made of. */
export interface SharedFileOptions {
  readonly stats: Stats;
  readonly cache: BlockCache;
  /** Opens the file that is read. */
  readonly open: () => Promise<OpenFile>;
  /** What errors call the file. */
  readonly about: { readonly path: string; readonly host: string };
  /** Called when a part of it was read, of so many bytes. */
  readonly fetched: (length: number) => void;
  /** Called when nobody reads it and nothing of it is kept. */
  readonly unused: () => void;
}

interface SharedBlock extends Block {
  readonly pieces: Promise<readonly Buffer[]>;
}

/**
 * One file, as it was when it was first opened, for many readers. A part that one of them has had read is there for the
 * others as long as the cache keeps it; one who comes later has it read again, and nobody waits for anybody.
 */
export class SharedFile {
  readonly stats: Stats;
  readonly #o: SharedFileOptions;
  readonly #readers = new Set<Reader>();
  readonly #blocks = new Map<number, SharedBlock>();
  /** By the length that they are over. */
  readonly #digests = new Map<number, SharedDigest>();
  #source: Promise<OpenFile> | undefined;

  constructor(o: SharedFileOptions) {
    this.stats = o.stats;
    this.#o = o;
  }

  /** Whether a file that looks like this is the one that is read, and has not changed. */
  isStill({ dev, ino, size, mtimeMs, ctimeMs }: Stats): boolean {
    const { stats } = this;
    return (
      dev === stats.dev &&
      ino === stats.ino &&
      size === stats.size &&
      mtimeMs === stats.mtimeMs &&
      ctimeMs === stats.ctimeMs
    );
  }

  /** From now on what `reader` will want is kept rather than other things. Throws where the file cannot be opened. */
  async join(reader: Reader): Promise<void> {
    this.#readers.add(reader);
    if (this.#blocks.size > 0) return;
    try {
      await this.#opened();
    } catch (error) {
      await this.leave(reader);
      throw error;
    }
  }

  /** The last one to leave closes the file; what has been read of it may still be kept. */
  async leave(reader: Reader): Promise<void> {
    this.#readers.delete(reader);
    if (this.#readers.size > 0) return;
    const source = this.#source;
    this.#source = undefined;
    this.#checkUse();
    await (await source)?.close();
  }

  /** The bytes from `position` on, up to `length` of them, fewer at the end of a block; none at the end of the file. */
  async read(position: number, length: number): Promise<readonly Buffer[]> {
    const index = Math.floor(position / BLOCK);
    const skip = position - index * BLOCK;
    const pieces = await this.#block(index);
    const [only] = pieces;
    if (only === undefined || only.length <= skip || length === 0) return [];
    return [only.subarray(skip, skip + length)];
  }

  /** Whether the part that the byte at `position` lies in is there, or has been asked for. */
  holds(position: number): boolean {
    return this.#blocks.has(Math.floor(position / BLOCK));
  }

  /** The digest of the first `length` bytes: one for all, which goes on from a shorter one that is there. */
  digest(length: number): SharedDigest {
    const known = this.#digests.get(length);
    if (known !== undefined) return known;
    const digest = new SharedDigest(this, length, this.#longestBelow(length)?.end);
    this.#digests.set(length, digest);
    digest.follow();
    return digest;
  }

  /** Whether anybody has asked for a digest of it. */
  get hasDigest(): boolean {
    return this.#digests.size > 0;
  }

  /** The error of a file that is shorter than it was. */
  tooShort(length: number): FileError {
    return this.#stale('read', `it changed while it was being sent: it has fewer than ${length} bytes now`);
  }

  /** How the file is now. */
  async now(): Promise<Stats> {
    return (await this.#opened()).stat();
  }

  #block(index: number): Promise<readonly Buffer[]> {
    const { cache } = this.#o;
    const known = this.#blocks.get(index);
    if (known !== undefined) {
      cache.touch(known);
      return known.pieces;
    }
    const forget = (): void => {
      if (this.#blocks.get(index) === block) this.#blocks.delete(index);
      this.#checkUse();
    };
    // What the file has grown by is left alone: it is another file then, which its reader finds out at the end.
    const length = Math.max(0, Math.min(BLOCK, this.stats.size - index * BLOCK));
    const block: SharedBlock = {
      length,
      pieces: this.#fetch(index * BLOCK, length),
      distance: () => this.#distance(index),
      dropped: forget,
    };
    this.#blocks.set(index, block);
    cache.add(block);
    for (const digest of this.#digests.values()) digest.follow();
    block.pieces.catch(() => {
      forget();
      cache.remove(block);
    });
    return block.pieces;
  }

  async #fetch(position: number, length: number): Promise<readonly Buffer[]> {
    const pieces = await (await this.#opened()).read(position, length);
    for (const piece of pieces) this.#o.fetched(piece.length);
    return pieces;
  }

  #opened(): Promise<OpenFile> {
    this.#source ??= this.#open().catch((error: unknown) => {
      this.#source = undefined;
      throw error;
    });
    return this.#source;
  }

  /** A file that was closed in between may be another one by now: its bytes do not belong to those that are kept. */
  async #open(): Promise<OpenFile> {
    const source = await this.#o.open();
    if (this.isStill(await source.stat())) return source;
    await source.close();
    throw this.#stale('open', 'it changed while it was being sent');
  }

  #stale(syscall: string, detail: string): FileError {
    return new FileError('ESTALE', { syscall, ...this.#o.about, detail });
  }

  #longestBelow(length: number): SharedDigest | undefined {
    let longest: SharedDigest | undefined;
    for (const digest of this.#digests.values()) {
      if (digest.done && digest.length < length && digest.length > (longest?.length ?? 0)) longest = digest;
    }
    return longest;
  }

  #checkUse(): void {
    if (this.#readers.size === 0 && this.#blocks.size === 0) this.#o.unused();
  }

  /** To the end of the block: a reader in its middle still wants the rest. */
  #distance(index: number): number {
    const end = (index + 1) * BLOCK;
    let nearest = Number.POSITIVE_INFINITY;
    const count = ({ position }: Reader): void => {
      if (position < end) nearest = Math.min(nearest, end - position);
    };
    for (const reader of this.#readers) count(reader);
    for (const digest of this.#digests.values()) if (!digest.done) count(digest);
    return nearest;
  }
}
