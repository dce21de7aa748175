import { FileError } from '../../core/file-error.js';
import type { DirectoryEntry, FileAbility, FileDriver, OpenFile } from './file-driver.js';
import type { StatFs, Stats } from './stats.js';

/** Files that can be read and nothing else: what would change them is refused with `EROFS`. There are no links. */
export abstract class ReadOnlyDriver implements FileDriver {
  abstract readonly kind: string;
  readonly abilities: ReadonlySet<FileAbility> = new Set<FileAbility>(['random-access']);
  readonly usable = true;
  readonly #why: string;

  /** `why` says in errors what files they are. */
  constructor(why: string) {
    this.#why = why;
  }

  abstract open(path: Buffer, flags: number, mode: number): Promise<OpenFile>;
  abstract lstat(path: Buffer): Promise<Stats>;
  abstract list(path: Buffer): AsyncIterable<readonly DirectoryEntry[]>;

  async home(): Promise<Buffer> {
    return Buffer.from('/');
  }

  stat(path: Buffer): Promise<Stats> {
    return this.lstat(path);
  }

  async realpath(path: Buffer): Promise<Buffer> {
    return path;
  }

  readlink(): Promise<Buffer> {
    return this.refuse('readlink', 'EINVAL');
  }

  statfs(): Promise<StatFs> {
    return this.refuse('statfs', 'ENOSYS');
  }

  copy(): Promise<void> {
    return this.refuse('copyfile', 'ENOSYS');
  }

  mkdir(): Promise<void> {
    return this.refuse('mkdir');
  }

  ensureDirectory(): Promise<void> {
    return this.refuse('mkdir');
  }

  rmdir(): Promise<void> {
    return this.refuse('rmdir');
  }

  unlink(): Promise<void> {
    return this.refuse('unlink');
  }

  rename(): Promise<void> {
    return this.refuse('rename');
  }

  link(): Promise<void> {
    return this.refuse('link');
  }

  symlink(): Promise<void> {
    return this.refuse('symlink');
  }

  truncate(): Promise<void> {
    return this.refuse('truncate');
  }

  chmod(): Promise<void> {
    return this.refuse('chmod');
  }

  chown(): Promise<void> {
    return this.refuse('chown');
  }

  utimes(): Promise<void> {
    return this.refuse('utimes');
  }

  lchmod(): Promise<void> {
    return this.refuse('lchmod');
  }

  lchown(): Promise<void> {
    return this.refuse('lchown');
  }

  lutimes(): Promise<void> {
    return this.refuse('lutimes');
  }

  async close(): Promise<void> {}

  protected async refuse(syscall: string, code = 'EROFS'): Promise<never> {
    throw new FileError(code, { syscall, detail: this.#why });
  }
}
