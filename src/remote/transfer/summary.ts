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
  /** What is in its place, where that has to be known later. */
  #settled: Set<string> | undefined;
  #made: Set<string> | undefined;
  #files = 0;
  #bytes = 0;
  #directories = 0;
  #links = 0;
  #skipped = 0;
  #deleted = 0;

  constructor(tell: Tell | undefined) {
    this.#tell = tell;
  }

  /** Has it known from now on what each entry has come to: a transfer may come by again. */
  remember(): void {
    this.#settled ??= new Set();
    this.#made ??= new Set();
  }

  /** Whether nothing is left to be done for a file or a link. */
  isSettled(path: string): boolean {
    return this.#settled?.has(path) ?? false;
  }

  /** Whether a directory was made. */
  hasMade(path: string): boolean {
    return this.#made?.has(path) ?? false;
  }

  /** A file of `size` bytes is in its place. */
  file(path: string, size: number): void {
    this.#settled?.add(path);
    this.#files += 1;
    this.#bytes += size;
    this.#tell?.({ action: 'copied', kind: 'file', path, size });
  }

  /** A directory was made. */
  directory(path: string): void {
    if (this.hasMade(path)) return;
    this.#made?.add(path);
    this.#directories += 1;
    this.#tell?.({ action: 'copied', kind: 'directory', path, size: undefined });
  }

  /** A link was made. */
  link(path: string): void {
    this.#settled?.add(path);
    this.#links += 1;
    this.#tell?.({ action: 'copied', kind: 'link', path, size: undefined });
  }

  /** Something of the source, which is what `stats` say, was there already. */
  skipped(path: string, stats: Stats): void {
    this.#settled?.add(path);
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
