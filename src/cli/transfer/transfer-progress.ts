import { formatSize } from '../../core/format-size.js';
import type { Overwrite } from '../../remote/transfer/options.js';
import type { TransferProgress } from '../../remote/transfer/progress.js';
import { formatDuration } from '../options/duration.js';
import type { Output } from '../terminal/output.js';
import type { Paint } from '../terminal/paint.js';
import { type BarState, barLines } from '../terminal/progress-bars.js';
import { StatusLine } from '../terminal/status-line.js';
import { clipped, counted } from '../terminal/text.js';
import { skippedWords, type TransferTally } from './transfer-summary.js';

/** What {@link TransferBars} shows. */
export interface TransferBarsOptions {
  readonly output: Output;
  readonly paint: Paint;
  readonly tally: TransferTally;
  /** The keys of the hosts, in the order of the fleet. */
  readonly keys: readonly string[];
  readonly batchSize: number;
  readonly overwrite: Overwrite | undefined;
}

/** Keeps a bar for each host that something moves on, and a line for all, on stderr where that is a terminal. */
export class TransferBars implements Disposable {
  readonly #o: TransferBarsOptions;
  readonly #moving = new Map<string, TransferProgress>();
  readonly #lines: StatusLine;

  constructor(o: TransferBarsOptions, wanted: boolean) {
    this.#o = o;
    this.#lines = new StatusLine(o.output, (elapsedMs) => this.#draw(elapsedMs), wanted);
  }

  /** Takes note of how far a host is. */
  progress(p: TransferProgress, key: string): void {
    if (this.#lines.active) this.#moving.set(key, p);
  }

  /** Takes note that a host is done. */
  done(key: string): void {
    this.#moving.delete(key);
  }

  [Symbol.dispose](): void {
    this.#lines[Symbol.dispose]();
  }

  #draw(elapsedMs: number): string {
    const { output, paint } = this.#o;
    const bars = this.#o.keys.flatMap((key) => {
      const p = this.#moving.get(key);
      return p === undefined ? [] : [barOf(key, p)];
    });
    // One line is for the whole, and one stays free so that nothing scrolls.
    const shown = barLines(bars.slice(0, Math.max(0, output.rows - 2)), output.columns);
    return [...shown, paint.dim(clipped(this.#whole(elapsedMs), output.columns - 1))].join('\n');
  }

  #whole(elapsedMs: number): string {
    const { tally, keys, batchSize, overwrite } = this.#o;
    const { done, failed } = tally;
    const skipped = tally.count('unchanged');
    const rate = [...this.#moving.values()].reduce((sum, p) => sum + p.rate, 0);
    const hosts = [
      `${counted(done - failed - skipped, 'host')} done`,
      `${Math.min(batchSize, keys.length - done)} running`,
      ...(skipped > 0 ? [`${skipped} ${skippedWords(overwrite)}`] : []),
      ...(failed > 0 ? [`${failed} failed`] : []),
    ];
    return [hosts.join(', '), ...(rate > 0 ? [`${formatSize(rate)}/s`] : []), formatDuration(elapsedMs)].join(' · ');
  }
}

function barOf(key: string, p: TransferProgress): BarState {
  const { bytes, totalBytes, files, totalFiles, complete, rate, etaMs } = p;
  const tree = totalFiles > 1 || files > 1;
  return {
    key,
    done: bytes,
    total: complete ? totalBytes : undefined,
    files: tree ? { done: files, total: complete ? totalFiles : undefined } : undefined,
    rate: rate > 0 ? rate : undefined,
    remaining: complete ? etaMs : undefined,
  };
}
