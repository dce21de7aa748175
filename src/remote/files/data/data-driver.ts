import { constants } from 'node:fs';
import type { DirectoryEntry, OpenFile } from '../file-driver.js';
import { ReadOnlyDriver } from '../read-only-driver.js';
import { Stats } from '../stats.js';
import { DataFile } from './data-file.js';

/** The permissions that a new file is given by most programs, before the umask takes its part. */
const MODE = 0o666;

/** One file in memory, to be read. Every path is that file; nothing can be changed. */
export class DataDriver extends ReadOnlyDriver {
  readonly kind = 'data';
  readonly #data: Buffer;
  readonly #stats: Stats;

  constructor(data: Uint8Array) {
    super('it is data in memory');
    this.#data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const now = Date.now();
    this.#stats = new Stats({ size: data.byteLength, mode: constants.S_IFREG | MODE, atimeMs: now, mtimeMs: now });
  }

  async open(_path: Buffer, flags: number): Promise<OpenFile> {
    if ((flags & (constants.O_WRONLY | constants.O_RDWR)) !== 0) return this.refuse('open');
    return new DataFile(this.#data, this.#stats);
  }

  override async stat(): Promise<Stats> {
    return this.#stats;
  }

  async lstat(): Promise<Stats> {
    return this.#stats;
  }

  async *list(): AsyncGenerator<readonly DirectoryEntry[], void, void> {
    yield await this.refuse('scandir', 'ENOTDIR');
  }
}
