import { DisconnectedError } from '../../core/errors.js';
import { FileError } from '../../core/file-error.js';
import type { OpenFile } from './file-driver.js';
import type { HeldFile } from './held-file.js';
import type { Stats } from './stats.js';

/** What a file was when its reading began: over another link its name may lead to another one. */
export class ReadMark {
  #known: Promise<Stats | 'lost' | undefined>;
  #isKnown = false;

  /** Asks at once, beside what is read meanwhile. */
  constructor(file: OpenFile) {
    this.#known = this.#ask(file);
  }

  /** Whether there was an answer. What comes before, or without one, is nothing that could be gone on with. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  /** Waits for the answer. `false` where it was lost with the link. */
  async known(): Promise<boolean> {
    return (await this.#known) !== 'lost';
  }

  /**
   * Makes sure that `held` is the file of which `length` bytes have been read, until `error` ended that: by its size and
   * time of modification, and by its inode where the protocol tells that. Throws `error` where that cannot be told (it is
   * no regular file, whose bytes come once), and `ESTALE` where it is not.
   */
  async check(held: HeldFile, length: number, error: unknown): Promise<void> {
    if (length === 0) {
      this.#isKnown = false;
      this.#known = this.#ask(held.file);
      return;
    }
    const [was, now] = await Promise.all([this.#known, held.file.stat()]);
    if (was === 'lost' || !was?.isFile()) throw error;
    if (isStill(was, now)) return;
    const detail =
      `the link was lost after ${length} bytes of it had been read, and it is not what it was then: ` +
      'read it from its beginning';
    throw new FileError('ESTALE', { syscall: 'read', path: held.path, host: held.host, detail, cause: error });
  }

  async #ask(file: OpenFile): Promise<Stats | 'lost' | undefined> {
    try {
      const stats = await file.stat();
      this.#isKnown = true;
      return stats;
    } catch (error) {
      if (error instanceof DisconnectedError) return 'lost';
      this.#isKnown = true;
      return undefined;
    }
  }
}

function isStill(was: Stats, now: Stats): boolean {
  if (!now.isFile() || was.size !== now.size || was.mtimeMs !== now.mtimeMs) return false;
  return Number.isNaN(was.ino) || Number.isNaN(now.ino) || (was.ino === now.ino && was.dev === now.dev);
}
