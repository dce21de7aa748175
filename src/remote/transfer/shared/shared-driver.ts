import { constants } from 'node:fs';
import type { OpenFile } from '../../files/file-driver.js';
import { LocalDriver } from '../../files/local/local-driver.js';
import { nameFromBytes } from '../../files/names.js';
import type { Stats } from '../../files/stats.js';
import { BlockCache } from './block-cache.js';
import { SharedFile } from './shared-file.js';
import { SharedReader } from './shared-reader.js';

const WRITING = constants.O_WRONLY | constants.O_RDWR;

/** How many files are remembered for their digests alone. */
const REMEMBERED = 2000;

/**
 * This machine's files for many transfers at once: what one of them reads is kept for the others, within a budget. It
 * shares what is opened for reading; all else is as without it.
 */
export class SharedDriver extends LocalDriver {
  /** What is read at once is read for one alone. */
  override readonly atOnce = undefined;
  readonly #host: string;
  readonly #cache: BlockCache;
  readonly #files = new Map<string, SharedFile>();
  /** Those whose digests are known and of which no more is kept: who comes late reads them, but need not hash them. */
  readonly #remembered = new Map<string, SharedFile>();
  #bytesRead = 0;

  /**
   * @param host what errors call the machine.
   * @param budget how much is kept, in bytes.
   */
  constructor(host: string, budget: number) {
    super(host);
    this.#host = host;
    this.#cache = new BlockCache(budget);
  }

  /** How much was read of the shared files by now, in bytes. */
  get bytesRead(): number {
    return this.#bytesRead;
  }

  override async open(path: Buffer, flags: number, mode: number): Promise<OpenFile> {
    if ((flags & WRITING) !== 0) return super.open(path, flags, mode);
    const stats = await this.stat(path);
    // The files of /proc say that they are empty.
    if (!stats.isFile() || stats.size === 0) return super.open(path, flags, mode);
    return SharedReader.open(this.#file(path, flags, stats));
  }

  /** A file that was changed since is another one; who reads the old one goes on, and finds out at its end. */
  #file(path: Buffer, flags: number, stats: Stats): SharedFile {
    const key = path.toString('latin1');
    const known = this.#files.get(key) ?? this.#remembered.get(key);
    this.#remembered.delete(key);
    if (known?.isStill(stats)) {
      this.#files.set(key, known);
      return known;
    }
    const file: SharedFile = new SharedFile({
      stats,
      cache: this.#cache,
      open: () => super.open(path, flags, 0),
      about: { path: nameFromBytes(path), host: this.#host },
      fetched: (length) => {
        this.#bytesRead += length;
      },
      unused: () => {
        if (this.#files.get(key) !== file) return;
        this.#files.delete(key);
        if (file.hasDigest) this.#remember(key, file);
      },
    });
    this.#files.set(key, file);
    return file;
  }

  #remember(key: string, file: SharedFile): void {
    this.#remembered.set(key, file);
    if (this.#remembered.size <= REMEMBERED) return;
    const [oldest] = this.#remembered.keys();
    if (oldest !== undefined) this.#remembered.delete(oldest);
  }
}
