import { constants } from 'node:fs';
import { FileError } from '../../../core/file-error.js';
import type { DirectoryEntry, FileAbility, FileDriver, OpenFile } from '../file-driver.js';
import { type StatFs, Stats } from '../stats.js';
import { DataFile } from './data-file.js';

/** The permissions that a new file is given by most programs, before the umask takes its part. */
const MODE = 0o666;

/** One file in memory, to be read. Every path is that file; nothing can be changed. */
export class DataDriver implements FileDriver {
  readonly kind = 'data';
  readonly abilities: ReadonlySet<FileAbility> = new Set<FileAbility>(['random-access']);
  readonly usable = true;
  readonly #data: Buffer;
  readonly #stats: Stats;

  constructor(data: Uint8Array) {
    this.#data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const now = Date.now();
    this.#stats = new Stats({ size: data.byteLength, mode: constants.S_IFREG | MODE, atimeMs: now, mtimeMs: now });
  }

  async home(): Promise<Buffer> {
    return Buffer.from('/');
  }

  async open(_path: Buffer, flags: number): Promise<OpenFile> {
    if ((flags & (constants.O_WRONLY | constants.O_RDWR)) !== 0) return refuse('open');
    return new DataFile(this.#data, this.#stats);
  }

  async stat(): Promise<Stats> {
    return this.#stats;
  }

  async lstat(): Promise<Stats> {
    return this.#stats;
  }

  async *list(): AsyncGenerator<readonly DirectoryEntry[], void, void> {
    yield await refuse('scandir', 'ENOTDIR');
  }

  async realpath(path: Buffer): Promise<Buffer> {
    return path;
  }

  readlink(): Promise<Buffer> {
    return refuse('readlink', 'EINVAL');
  }

  statfs(): Promise<StatFs> {
    return refuse('statfs', 'ENOSYS');
  }

  copy(): Promise<void> {
    return refuse('copyfile', 'ENOSYS');
  }

  mkdir(): Promise<void> {
    return refuse('mkdir');
  }

  ensureDirectory(): Promise<void> {
    return refuse('mkdir');
  }

  rmdir(): Promise<void> {
    return refuse('rmdir');
  }

  unlink(): Promise<void> {
    return refuse('unlink');
  }

  rename(): Promise<void> {
    return refuse('rename');
  }

  link(): Promise<void> {
    return refuse('link');
  }

  symlink(): Promise<void> {
    return refuse('symlink');
  }

  truncate(): Promise<void> {
    return refuse('truncate');
  }

  chmod(): Promise<void> {
    return refuse('chmod');
  }

  chown(): Promise<void> {
    return refuse('chown');
  }

  utimes(): Promise<void> {
    return refuse('utimes');
  }

  lchmod(): Promise<void> {
    return refuse('lchmod');
  }

  lchown(): Promise<void> {
    return refuse('lchown');
  }

  lutimes(): Promise<void> {
    return refuse('lutimes');
  }

  async close(): Promise<void> {}
}

async function refuse(syscall: string, code = 'EROFS'): Promise<never> {
  throw new FileError(code, { syscall, detail: 'it is data in memory' });
}
