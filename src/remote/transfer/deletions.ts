import type { DirectoryEntry } from '../files/file-driver.js';
import { nameFromBytes } from '../files/names.js';
import type { Stats } from '../files/stats.js';
import type { Selection } from './selection.js';
import { checkGoing, collect, failedWith, inside, type Work } from './work.js';

/** Something in the target that is to go. */
interface Extra {
  readonly target: Buffer;
  /** Relative to the root. */
  readonly path: string;
}

/** What `delete` removes: noted while the tree is copied, removed when everything is in its place. */
export class Deletions {
  readonly #work: Work;
  readonly #selection: Selection;
  readonly #extras: Extra[] = [];

  constructor(work: Work, selection: Selection) {
    this.#work = work;
    this.#selection = selection;
  }

  /** Notes something that the source has not. What the globs leave out stays. */
  add(target: Buffer, path: string): void {
    this.#extras.push({ target, path });
  }

  /** Removes what was noted. */
  async run(): Promise<void> {
    for (const extra of this.#extras) {
      try {
        await this.remove(extra.target, extra.path);
      } catch (error) {
        collect(this.#work, error);
      }
    }
  }

  /**
   * Removes a file, a link, or a directory with all that is in it and not left out by the globs. No link is followed.
   *
   * @returns whether it is gone.
   */
  async remove(target: Buffer, path: string): Promise<boolean> {
    const { files } = this.#work.to;
    checkGoing(this.#work);
    if (this.#selection.excludes(path)) return false;
    const stats = await files.lstat(target);
    if (!stats.isDirectory()) {
      if (!this.#selection.includes(path)) return false;
      if (!this.#work.plan.dryRun) await files.unlink(target);
      return this.#gone(path, stats);
    }
    if (!this.#selection.mayHold(path)) return false;
    const entries: DirectoryEntry[] = [];
    for await (const batch of files.list(target)) entries.push(...batch);
    let empty = true;
    for (const { name } of entries) {
      const gone = await this.remove(inside(target, name), `${path}/${nameFromBytes(name)}`);
      empty &&= gone;
    }
    if (!empty || !this.#selection.includes(path)) return false;
    if (!this.#work.plan.dryRun) {
      await files.rmdir(target).catch((error) => {
        if (!failedWith(error, 'ENOENT')) throw error;
      });
    }
    return this.#gone(path, stats);
  }

  #gone(path: string, stats: Stats): true {
    this.#work.tally.deleted(path, stats);
    this.#work.stall.moved();
    return true;
  }
}
