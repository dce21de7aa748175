import { diagnostics } from '../../core/diagnostics.js';
import { formatDuration } from '../options/duration.js';
import type { Output } from '../terminal/output.js';
import type { Paint } from '../terminal/paint.js';
import { StatusLine } from '../terminal/status-line.js';
import { clipped, oneLine } from '../terminal/text.js';
import type { Tally } from './summary.js';

/** What {@link progressLine} shows. */
export interface ProgressState {
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly running: number;
  readonly elapsedMs: number;
  /** The host whose command has been running longest. */
  readonly slowest?: { readonly key: string; readonly ms: number } | undefined;
}

/** `12 of 100 done · 1 failed · 20 running · 3.2 s · slowest web07 2.9 s`, cut to the width of the terminal. */
export function progressLine(state: ProgressState, columns: number): string {
  const { total, done, failed, running, elapsedMs, slowest } = state;
  const parts = [
    `${done} of ${total} done`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    `${running} running`,
    formatDuration(elapsedMs),
    ...(slowest === undefined ? [] : [`slowest ${oneLine(slowest.key)} ${formatDuration(slowest.ms)}`]),
  ];
  return clipped(parts.join(' · '), columns - 1);
}

/** Keeps a line on stderr that says how far a run is; nothing where stderr is no terminal. */
export class Progress implements Disposable {
  readonly #output: Output;
  readonly #paint: Paint;
  readonly #tally: Tally;
  readonly #total: number;
  readonly #batchSize: number;
  /** When each command that runs began; insertion order is the order in which they did. */
  readonly #running = new Map<string, number>();
  readonly #line: StatusLine;
  readonly #unsubscribe: () => void = () => {};

  constructor(o: { output: Output; paint: Paint; tally: Tally; total: number; batchSize: number }) {
    this.#output = o.output;
    this.#paint = o.paint;
    this.#tally = o.tally;
    this.#total = o.total;
    this.#batchSize = o.batchSize;
    this.#line = new StatusLine(o.output, (elapsedMs) => this.#draw(elapsedMs));
    if (!this.#line.active) return;
    this.#unsubscribe = diagnostics.execute.subscribe(({ type, id }) => {
      if (type === 'start') this.started(id);
    });
  }

  /** Takes note that the command was started on a host. */
  started(key: string): void {
    this.#running.set(key, performance.now());
  }

  /** Takes note that a host is done. */
  done(key: string): void {
    this.#running.delete(key);
  }

  [Symbol.dispose](): void {
    this.#unsubscribe();
    this.#line[Symbol.dispose]();
  }

  #draw(elapsedMs: number): string {
    const { done, failed } = this.#tally;
    const [oldest] = this.#running;
    const state: ProgressState = {
      total: this.#total,
      done,
      failed,
      running: Math.min(this.#batchSize, this.#total - done),
      elapsedMs,
      slowest: oldest === undefined ? undefined : { key: oldest[0], ms: performance.now() - oldest[1] },
    };
    return this.#paint.dim(progressLine(state, this.#output.columns));
  }
}
