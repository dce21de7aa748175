import type { FileError } from '../../core/file-error.js';
import type { Stats } from '../files/stats.js';
import { type EntryOutcome, kindOf } from './entry-outcome.js';

/** What a transfer did. */
export interface TransferSummary {
  /** Files that were copied; with `dryRun`, that would have been. */
  readonly files: number;
  /** Their bytes, including those that a resumed part had. */
  readonly bytes: number;
  /** Directories that were made. */
  readonly directories: number;
  /** Links that were made. */
  readonly links: number;
  /** Files and links that were there already, and left as they were by `overwrite`. */
  readonly skipped: number;
  /** Things that `delete` removed from the target, each file, link and directory counted. */
  readonly deleted: number;
  /** What could not be copied, and why; the rest was. */
  readonly failed: readonly FileError[];
  readonly durationMs: number;
}

type Tell = (outcome: EntryOutcome) => void;

/** Counts what a transfer does, and tells of each thing. Paths are relative to the root. */
export class Tally {
  readonly failed: FileError[] = [];
  readonly #tell: Tell | undefined;
  readonly #begun: number = performance.now();
  #files = 0;
  #bytes = 0;
  #directories = 0;
  #links = 0;
  #skipped = 0;
  #deleted = 0;

  constructor(tell: Tell | undefined) {
    this.#tell = tell;
  }

  /** A file of `size` bytes is in its place. */
  file(path: string, size: number): void {
    this.#files += 1;
    this.#bytes += size;
    this.#tell?.({ action: 'copied', kind: 'file', path, size });
  }

  /** A directory was made. */
  directory(path: string): void {
    this.#directories += 1;
    this.#tell?.({ action: 'copied', kind: 'directory', path, size: undefined });
  }

  /** A link was made. */
  link(path: string): void {
    this.#links += 1;
    this.#tell?.({ action: 'copied', kind: 'link', path, size: undefined });
  }

  /** Something of the source, which is what `stats` say, was there already. */
  skipped(path: string, stats: Stats): void {
    this.#skipped += 1;
    this.#tell?.({ action: 'skipped', path, ...kindAndSize(stats) });
  }

  /** Something of the target, which was what `stats` say, is gone. */
  deleted(path: string, stats: Stats): void {
    this.#deleted += 1;
    this.#tell?.({ action: 'deleted', path, ...kindAndSize(stats) });
  }

  /** What has been done so far. */
  summary(): TransferSummary {
    return {
      files: this.#files,
      bytes: this.#bytes,
      directories: this.#directories,
      links: this.#links,
      skipped: this.#skipped,
      deleted: this.#deleted,
      failed: [...this.failed],
      durationMs: performance.now() - this.#begun,
    };
  }
}

function kindAndSize(stats: Stats): Pick<EntryOutcome, 'kind' | 'size'> {
  const kind = kindOf(stats);
  return { kind, size: kind === 'file' && !Number.isNaN(stats.size) ? stats.size : undefined };
}
