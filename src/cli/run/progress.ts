import { diagnostics } from '../../core/diagnostics.js';
import { formatDuration, formatRemaining } from '../options/duration.js';
import type { Output } from '../terminal/output.js';
import type { Paint } from '../terminal/paint.js';
import { StatusLine } from '../terminal/status-line.js';
import { clipped, oneLine } from '../terminal/text.js';
import type { RollingNotes, RollingState } from './rolling-notes.js';
import type { Tally } from './summary.js';

/** What {@link progressLine} shows. */
export interface ProgressState {
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly running: number;
  readonly elapsedMs: number;
  /** Where it is among its batches, where there are several. */
  readonly rolling?: RollingState | undefined;
  /** The host whose command has been running longest. */
  readonly slowest?: { readonly key: string; readonly ms: number } | undefined;
}

/**
 * `12 of 100 done · 1 failed · 20 running · 3.2 s · slowest web07 2.9 s`, cut to the width of the terminal. With several
 * batches it begins with `[2/4]`, and says how long the pause between two of them still is.
 */
export function progressLine(state: ProgressState, columns: number): string {
  const { total, done, failed, running, elapsedMs, slowest, rolling } = state;
  const place = rolling === undefined ? '' : `[${rolling.number}/${rolling.of}] `;
  const pauseMs = rolling?.pauseMs ?? 0;
  const parts = [
    `${place}${done} of ${total} done`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    pauseMs > 0 ? `next batch in ${formatRemaining(pauseMs)}` : `${running} running`,
    formatDuration(elapsedMs),
    ...(slowest === undefined ? [] : [`slowest ${oneLine(slowest.key)} ${formatDuration(slowest.ms)}`]),
  ];
  return clipped(parts.join(' · '), columns - 1);
}

/** What {@link Progress} is made with. */
export interface ProgressOptions {
  readonly output: Output;
  readonly paint: Paint;
  readonly tally: Tally;
  readonly total: number;
  readonly batchSize: number;
  readonly rolling: RollingNotes;
}

/** Keeps a line on stderr that says how far a run is; nothing where stderr is no terminal. */
export class Progress implements Disposable {
  readonly #output: Output;
  readonly #paint: Paint;
  readonly #tally: Tally;
  readonly #total: number;
  readonly #batchSize: number;
  readonly #rolling: RollingNotes;
  /** When each command that runs began; insertion order is the order in which they did. */
  readonly #running = new Map<string, number>();
  readonly #line: StatusLine;
  readonly #unsubscribe: () => void = () => {};

  constructor(o: ProgressOptions) {
    this.#output = o.output;
    this.#paint = o.paint;
    this.#tally = o.tally;
    this.#total = o.total;
    this.#batchSize = o.batchSize;
    this.#rolling = o.rolling;
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
    const rolling = this.#rolling.state;
    const state: ProgressState = {
      total: this.#total,
      done,
      failed,
      running: Math.min(this.#batchSize, rolling?.left ?? this.#total - done),
      elapsedMs,
      rolling,
      slowest: oldest === undefined ? undefined : { key: oldest[0], ms: performance.now() - oldest[1] },
    };
    return this.#paint.dim(progressLine(state, this.#output.columns));
  }
}
