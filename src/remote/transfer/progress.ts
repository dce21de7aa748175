/** How far a transfer has come. */
export interface TransferProgress {
  /** Bytes that have arrived, those that a resumed part had included. */
  readonly bytes: number;
  /** Bytes of all files that were found so far to need copying. */
  readonly totalBytes: number;
  /** Files that are in place. */
  readonly files: number;
  /** Files that were found so far to need copying. */
  readonly totalFiles: number;
  /** Whether all of the source has been looked at: before that the totals still grow. */
  readonly complete: boolean;
  /** Bytes in a second, over the last few. */
  readonly rate: number;
  /** How long the rest takes at this rate, in milliseconds; `undefined` while that cannot be told. */
  readonly etaMs: number | undefined;
  /** The file that moved last, relative to the root; a single file's name. */
  readonly path: string | undefined;
}

/** No more than one report in so many milliseconds. */
const INTERVAL = 100;
/** The rate is that of about so many milliseconds. */
const MEMORY = 3000;

/** Counts what moves, and reports it when something has moved and the last report is old enough: it needs no timer. */
export class ProgressMeter {
  readonly #report: ((p: TransferProgress) => void) | undefined;
  #bytes = 0;
  #totalBytes = 0;
  #files = 0;
  #totalFiles = 0;
  #complete = false;
  #path: string | undefined;
  #rate = 0;
  /** Bytes that crossed the line since `#since`: what was there already makes no speed. */
  #fresh = 0;
  #since: number = performance.now();
  #reported = Number.NEGATIVE_INFINITY;

  constructor(report: ((p: TransferProgress) => void) | undefined) {
    this.#report = report;
  }

  /** Bytes that have arrived. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A file was found that is to be copied. */
  found(size: number): void {
    this.#totalFiles += 1;
    this.#totalBytes += size;
  }

  /** A file turned out not to be copied, or to have another size than it was found with. */
  corrected(files: number, size: number): void {
    this.#totalFiles += files;
    this.#totalBytes += size;
  }

  /** Bytes of a file have arrived. Negative where it has to begin again. */
  moved(path: string, bytes: number): void {
    this.#bytes += bytes;
    this.#fresh += Math.max(0, bytes);
    this.#path = path;
    this.#tell();
  }

  /** Bytes were there from an earlier transfer. */
  resumed(path: string, bytes: number): void {
    this.#bytes += bytes;
    this.#path = path;
    this.#tell();
  }

  /** A file is in its place. */
  finished(path: string): void {
    this.#files += 1;
    this.#path = path;
    this.#tell();
  }

  /** All of the source has been looked at. */
  scanned(): void {
    this.#complete = true;
  }

  /** The last report, which is always made. */
  end(): void {
    this.#tell(true);
  }

  #tell(last = false): void {
    if (this.#report === undefined) return;
    const now = performance.now();
    if (!last && now - this.#reported < INTERVAL) return;
    this.#reported = now;
    this.#measure(now);
    const left = this.#totalBytes - this.#bytes;
    this.#report({
      bytes: this.#bytes,
      totalBytes: this.#totalBytes,
      files: this.#files,
      totalFiles: this.#totalFiles,
      complete: this.#complete,
      rate: this.#rate,
      etaMs: this.#rate > 0 && left >= 0 ? (left / this.#rate) * 1000 : left <= 0 ? 0 : undefined,
      path: this.#path,
    });
  }

  /** A mean that forgets: each span weighs by its length against {@link MEMORY}. */
  #measure(now: number): void {
    const span = now - this.#since;
    if (span <= 0) return;
    const rate = (this.#fresh / span) * 1000;
    const weight = this.#rate === 0 ? 1 : 1 - Math.exp(-span / MEMORY);
    this.#rate += (rate - this.#rate) * weight;
    this.#fresh = 0;
    this.#since = now;
  }
}
