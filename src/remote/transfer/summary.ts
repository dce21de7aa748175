import type { FileError } from '../../core/file-error.js';
import type { TransferSummary } from '../../core/transfer-summary.js';
import type { Stats } from '../files/stats.js';
import { type EntryOutcome, kindOf } from './entry-outcome.js';

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
