import type { Outcome } from '../../core/command-result.js';
import type { StreamedResult } from '../../fleet/fleet-event.js';
import { formatDuration } from '../options/duration.js';
import type { Paint } from '../terminal/paint.js';
import { oneLine } from '../terminal/text.js';

/** What a run came to, as plain data: the `summary` of `--output json` and `ndjson`. */
export interface RunSummary {
  readonly total: number;
  readonly ok: number;
  readonly failed: number;
  /** Hosts whose end was not waited for: after a second Ctrl-C. */
  readonly unfinished: number;
  /** How many hosts had each outcome; those with none are left out. */
  readonly outcomes: Partial<Record<Outcome, number>>;
  readonly durationMs: number;
  /** The host whose command took longest; `null` where none ran to its end. */
  readonly slowest: { readonly key: string; readonly durationMs: number } | null;
  readonly interrupted: boolean;
}

/** Counts what hosts came to, one after another. */
export class Tally {
  readonly #outcomes: Partial<Record<Outcome, number>> = {};
  #done = 0;
  #ok = 0;
  #slowest: RunSummary['slowest'] = null;

  /** How many hosts are done, in whichever way. */
  get done(): number {
    return this.#done;
  }

  /** How many of them failed. */
  get failed(): number {
    return this.#done - this.#ok;
  }

  add({ key, ok, outcome, durationMs }: StreamedResult): void {
    this.#done += 1;
    if (ok) this.#ok += 1;
    this.#outcomes[outcome] = (this.#outcomes[outcome] ?? 0) + 1;
    const ran = outcome === 'exit' || outcome === 'signal' || outcome === 'unknown';
    if (ran && durationMs > (this.#slowest?.durationMs ?? -1)) this.#slowest = { key, durationMs };
  }

  /** What it came to, of `total` hosts. */
  summary(total: number, durationMs: number, interrupted: boolean): RunSummary {
    const { failed } = this;
    const unfinished = total - this.#done;
    return {
      total,
      ok: this.#ok,
      failed,
      unfinished,
      outcomes: { ...this.#outcomes },
      durationMs,
      slowest: this.#slowest,
      interrupted,
    };
  }
}

const WORDS: readonly (readonly [Outcome, string])[] = [
  ['signal', 'killed'],
  ['timeout', 'timed out'],
  ['unknown', 'unknown'],
  ['hostkey', 'host key'],
  ['auth', 'not let in'],
  ['connect', 'unreachable'],
  ['throttled', 'throttled'],
  ['lost', 'lost'],
  ['aborted', 'interrupted'],
  ['skipped', 'not started'],
];

/** The summary in one line: `3 of 5 ok, 1 host key, 1 unreachable · 20.1 s · slowest web03 0.4 s`. */
export function summaryLine(summary: RunSummary, paint: Paint): string {
  const { total, ok, outcomes, unfinished, durationMs, slowest } = summary;
  const exits = (outcomes.exit ?? 0) - ok;
  const parts = [paint[ok === total ? 'good' : 'bold'](`${ok} of ${total} ok`)];
  if (exits > 0) parts.push(paint.bad(`${exits} failed`));
  for (const [outcome, word] of WORDS) {
    const count = outcomes[outcome];
    if (count !== undefined) parts.push(paint[outcome === 'skipped' ? 'dim' : 'bad'](`${count} ${word}`));
  }
  if (unfinished > 0) parts.push(paint.bad(`${unfinished} left as ${unfinished === 1 ? 'it was' : 'they were'}`));
  const slow =
    slowest === null || total < 2 ? '' : ` · slowest ${oneLine(slowest.key)} ${formatDuration(slowest.durationMs)}`;
  return `${parts.join(', ')}${paint.dim(` · ${formatDuration(durationMs)}${slow}`)}`;
}
