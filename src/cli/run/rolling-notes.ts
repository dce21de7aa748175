import type { FleetBatch } from '../../fleet/rolling-options.js';
import { formatDuration } from '../options/duration.js';
import type { Output } from '../terminal/output.js';
import type { Paint } from '../terminal/paint.js';
import { counted, oneLine } from '../terminal/text.js';

/** What is known of a host that is done. */
export interface DoneHost {
  readonly key: string;
  readonly ok: boolean;
  readonly outcome?: string;
  readonly error?: Error | undefined;
}

/** Where a run is among its batches: what a line of progress says. */
export interface RollingState {
  readonly number: number;
  readonly of: number;
  /** Hosts of the batch that are not done. */
  readonly left: number;
  /** Until the next batch may begin, in milliseconds; `undefined` where it is not waited for. */
  readonly pauseMs: number | undefined;
}

/** Tells on stderr how each batch of a run went, and why it left off. A run in one batch is told nothing of. */
export class RollingNotes {
  readonly #output: Output;
  readonly #paint: Paint;
  readonly #pause: number;
  readonly #quiet: boolean;
  #batch: FleetBatch | undefined;
  #waiting = new Set<string>();
  #failed = 0;
  #begun = 0;
  #ended = 0;
  #leftOff = false;

  /** @param o.pause between batches, in milliseconds; `quiet`: nothing is said, the state is kept all the same. */
  constructor(o: { output: Output; paint: Paint; pause: number; quiet: boolean }) {
    this.#output = o.output;
    this.#paint = o.paint;
    this.#pause = o.pause;
    this.#quiet = o.quiet;
  }

  /** Where the run is; `undefined` for one in one batch. */
  get state(): RollingState | undefined {
    const batch = this.#batch;
    if (batch === undefined || batch.of < 2) return undefined;
    const { number, of } = batch;
    const left = this.#waiting.size;
    const over = left === 0 && number < of;
    const pauseMs = over ? Math.max(0, this.#ended + this.#pause - performance.now()) : undefined;
    return { number, of, left, pauseMs };
  }

  /** A batch begins. */
  begin(batch: FleetBatch): void {
    this.#batch = batch;
    this.#waiting = new Set(batch.keys);
    this.#failed = 0;
    this.#begun = performance.now();
  }

  /** A host is done. */
  done({ key, ok, outcome, error }: DoneHost): void {
    const why = outcome === 'skipped' ? /^Not started: (.*)$/s.exec(error?.message ?? '')?.[1] : undefined;
    if (why !== undefined && !this.#leftOff) {
      this.#leftOff = true;
      if (!this.#quiet) this.#output.note(`Left off: ${oneLine(why)}\n`);
    }
    if (!this.#waiting.delete(key)) return;
    if (!ok) this.#failed += 1;
    if (this.#waiting.size === 0) this.#sumUp();
  }

  #sumUp(): void {
    this.#ended = performance.now();
    const batch = this.#batch;
    if (batch === undefined || batch.of < 2 || this.#quiet) return;
    const { number, of, canary, keys } = batch;
    const failed = this.#failed;
    const who = keys.length === 1 ? oneLine(keys[0] ?? '') : counted(keys.length, 'host');
    const ok = keys.length - failed;
    const how = [
      ...(ok === 0 ? [] : [this.#paint.good(keys.length === 1 ? 'ok' : `${ok} ok`)]),
      ...(failed === 0 ? [] : [this.#paint.bad(keys.length === 1 ? 'failed' : `${failed} failed`)]),
    ];
    const took = this.#paint.dim(`· ${formatDuration(this.#ended - this.#begun)}`);
    this.#output.note(
      `${this.#paint.dim(`[${number}/${of}]`)} ${canary ? 'canary ' : ''}${who} ${how.join(', ')} ${took}\n`,
    );
  }
}
