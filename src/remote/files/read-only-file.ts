import { FileError } from '../../core/file-error.js';
import type { OpenFile, PullOptions } from './file-driver.js';
import type { Stats } from './stats.js';

/** An open file that can be read and nothing else. */
export abstract class ReadOnlyFile implements OpenFile {
  readonly #why: string;

  /** `why` says in errors what kind of file it is. */
  constructor(why: string) {
    this.#why = why;
  }

  abstract read(position: number, length: number): Promise<readonly Buffer[]>;
  abstract pull(o: PullOptions): Promise<number>;
  abstract stat(): Promise<Stats>;
  abstract close(): Promise<void>;

  write(): Promise<void> {
    return this.refuse('write');
  }

  push(): Promise<number> {
    return this.refuse('write');
  }

  truncate(): Promise<void> {
    return this.refuse('ftruncate');
  }

  chmod(): Promise<void> {
    return this.refuse('fchmod');
  }

  chown(): Promise<void> {
    return this.refuse('fchown');
  }

  utimes(): Promise<void> {
    return this.refuse('futimes');
  }

  async sync(): Promise<void> {}

  protected async refuse(syscall: string, detail: string = this.#why): Promise<never> {
    throw new FileError('EBADF', { syscall, detail });
  }
}
