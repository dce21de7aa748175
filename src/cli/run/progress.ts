import { diagnostics } from '../../core/diagnostics.js';
import { formatDuration } from '../options/duration.js';
import type { Output } from '../terminal/output.js';
import type { Paint } from '../terminal/paint.js';
import { clipped, oneLine } from '../terminal/text.js';
import type { Tally } from './summary.js';

/** A run that is over before this many milliseconds shows no progress: nothing moves that need not. */
const PATIENCE = 400;
const INTERVAL = 200;

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
  readonly #begun: number = performance.now();
  /** When each command that runs began; insertion order is the order in which they did. */
  readonly #running = new Map<string, number>();
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #unsubscribe: () => void = () => {};

  constructor(o: { output: Output; paint: Paint; tally: Tally; total: number; batchSize: number }) {
    this.#output = o.output;
    this.#paint = o.paint;
    this.#tally = o.tally;
    this.#total = o.total;
    this.#batchSize = o.batchSize;
    if (!o.output.isStatusTerminal) return;
    this.#unsubscribe = diagnostics.execute.subscribe(({ type, id }) => {
      if (type === 'start') this.started(id);
    });
    this.#timer = setInterval(() => this.#draw(), INTERVAL);
    this.#timer.unref();
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
    clearInterval(this.#timer);
    this.#unsubscribe();
    this.#output.status('');
  }

  #draw(): void {
    const now = performance.now();
    const elapsedMs = now - this.#begun;
    if (elapsedMs < PATIENCE) return;
    const { done, failed } = this.#tally;
    const [oldest] = this.#running;
    const state: ProgressState = {
      total: this.#total,
      done,
      failed,
      running: Math.min(this.#batchSize, this.#total - done),
      elapsedMs,
      slowest: oldest === undefined ? undefined : { key: oldest[0], ms: now - oldest[1] },
    };
    this.#output.status(this.#paint.dim(progressLine(state, this.#output.columns)));
  }
}
