import type { Stats } from '../files/stats.js';
import type { Candidate } from './candidate.js';
import { holdsMark, type Mark } from './generation.js';
import { type FileId, hasIdentity, isOther } from './same-file.js';

/** How many files are remembered. */
const MOST = 32;

interface ReadFile {
  readonly id: FileId;
  readonly size: number;
  readonly mtimeMs: number;
  /** How it ended; left out where it was not read. */
  readonly mark?: Mark | undefined;
}

/** Remembers the files that a tail is done with, so that it does not read them again under their new names. */
export class ReadFiles {
  #files: ReadFile[] = [];

  /** Takes note of a file that was read up to a mark. Nothing can be told of one of which nothing was read. */
  add(id: FileId, mark: Mark, mtimeMs: number): void {
    if (mark.bytes.length > 0) this.#add({ id, size: mark.position, mtimeMs, mark });
  }

  /** Takes note of a file that was rotated away before the tail began. */
  addUnread({ ino, dev, size, mtimeMs }: Stats): void {
    if (size > 0) this.#add({ id: { ino, dev }, size, mtimeMs });
  }

  /** Whether a file is one of them. */
  async includes({ file, stats }: Candidate): Promise<boolean> {
    for (const [age, { id, size, mtimeMs, mark }] of this.#files.entries()) {
      if (isOther(id, stats)) continue;
      // The last one may still grow, as long as somebody has it open; without inodes the others are told by their size.
      const mayHaveGrown = age === 0 || (hasIdentity(id) && hasIdentity(stats));
      if (stats.size < size || (stats.size > size && !mayHaveGrown)) continue;
      if (mark === undefined ? stats.size === size && stats.mtimeMs === mtimeMs : await holdsMark(file, mark)) {
        return true;
      }
    }
    return false;
  }

  /** Those of some compressed files that are none of these: what compresses a file leaves it its time of modification. */
  without<T extends { readonly mtimeMs: number }>(
    compressed: readonly T[],
    also: readonly number[] = [],
  ): readonly T[] {
    const times = [...also, ...this.#files.map(({ mtimeMs }) => mtimeMs)].map(second);
    return compressed.filter(({ mtimeMs }) => {
      const at = times.indexOf(second(mtimeMs));
      if (at !== -1) times.splice(at, 1);
      return at === -1;
    });
  }

  #add(file: ReadFile): void {
    this.#files = [file, ...this.#files].slice(0, MOST);
  }
}

function second(ms: number): number {
  return Math.floor(ms / 1000);
}
