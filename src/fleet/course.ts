import type { Connection } from '../connection/connection.js';
import type { Publish } from '../connection/results/fleet-run.js';
import { asError } from '../connection/results/host-error.js';
import type { HostOutcome } from '../connection/results/host-value.js';
import { MultiResult } from '../connection/results/multi-result.js';
import { raceAbort } from '../core/abort.js';
import { pause } from '../core/deadline.js';
import { AbortError } from '../core/errors.js';
import { type HawserError, OptionError } from '../core/hawser-error.js';
import type { Batch } from './batches.js';
import type { HostPool } from './host-pool.js';
import type { HostWork, Operation } from './operation.js';
import type { FleetBatch, RollingPlan } from './rolling-options.js';

/** What is done on which hosts, and where the results go. */
export interface CourseOptions<T extends HostOutcome, C extends Connection> {
  readonly pools: readonly HostPool<C>[];
  readonly rolling: RollingPlan<T>;
  readonly work: HostWork<T, C>;
  readonly publish: Publish<T>;
}

/**
 * The way of one call over its hosts: batch after batch, and inside of each a window of `batchSize` that slides over it.
 * Each host has exactly one result: of the work, or of having been skipped.
 */
export class Course<T extends HostOutcome, C extends Connection> {
  readonly #operation: Operation;
  readonly #o: CourseOptions<T, C>;
  #failures = 0;
  /** Why no further host is started, where it is for another reason than their number. */
  #stopped: HawserError | undefined;

  constructor(operation: Operation, o: CourseOptions<T, C>) {
    this.#operation = operation;
    this.#o = o;
  }

  /** Settles when every host has its result. */
  async go(): Promise<void> {
    const { rolling, pools } = this.#o;
    const stop = this.#operation.followCaller(pools.length);
    try {
      for (const [index, batch] of rolling.batches.entries()) {
        const said = this.#describe(batch, index);
        if (this.#why() === undefined) this.#announce(said);
        const results = await this.#workOn(batch);
        if (index < rolling.batches.length - 1) await this.#askWhether(said, results);
      }
    } finally {
      stop();
    }
  }

  /** Works on a batch. Its results are kept where a gate will ask for them, by their places in the fleet. */
  async #workOn({ places, canary }: Batch): Promise<readonly (readonly [number, T])[]> {
    const { pools, work, publish, rolling } = this.#o;
    const results: [number, T][] = [];
    let next = 0;
    const walk = async (): Promise<void> => {
      for (let at = next++; at < places.length; at = next++) {
        const place = places[at] ?? at;
        const pool = pools[place];
        if (pool === undefined) return;
        const why = this.#why();
        if (why !== undefined) {
          publish(place, work.skip(pool, why));
          continue;
        }
        const result = await work.run(pool);
        if (!result.ok) {
          this.#failures += 1;
          if (canary) this.#stopped ??= canaryFailed(pool.key);
        }
        if (rolling.between !== undefined) results.push([place, result]);
        publish(place, result);
      }
    };
    await Promise.all(Array.from({ length: Math.min(this.#operation.plan.batchSize, places.length) }, walk));
    return results;
  }

  /** Why no further host is to be started, if so. */
  #why(): HawserError | undefined {
    const { tolerated } = this.#o.rolling;
    const tooMany = this.#failures > tolerated ? tooManyFailed(this.#failures, tolerated) : undefined;
    return this.#operation.cause ?? this.#stopped ?? tooMany;
  }

  #announce(batch: FleetBatch): void {
    try {
      this.#o.rolling.onBatch?.(batch);
    } catch (error) {
      this.#stopped = failed('onBatch', `at the start of batch ${batch.number} of ${batch.of}`, error);
    }
  }

  /** Pauses, and asks the gate whether to go on. */
  async #askWhether(batch: FleetBatch, results: readonly (readonly [number, T])[]): Promise<void> {
    const { pauseBetween, between } = this.#o.rolling;
    const { signal } = this.#operation;
    if (this.#why() !== undefined) return;
    if (pauseBetween > 0) await pause(pauseBetween, signal);
    if (between === undefined || signal.aborted) return;
    const after = `after batch ${batch.number} of ${batch.of}`;
    try {
      const inOrder = results.toSorted(([a], [b]) => a - b).map(([, result]) => result);
      const ask = async (): Promise<unknown> => between(new MultiResult(inOrder), { batch, signal });
      const answer = await raceAbort(ask(), signal, { doing: `waiting for \`between\` ${after}` });
      if (answer === true) return;
      this.#stopped =
        answer === false
          ? new AbortError(`Not started: \`between\` said no ${after}.`)
          : failed('between', after, new OptionError(`Expected it to give a boolean, got ${String(answer)}.`));
    } catch (error) {
      if (!signal.aborted) this.#stopped = failed('between', after, error);
    }
  }

  #describe({ places, canary }: Batch, index: number): FleetBatch {
    const { pools, rolling } = this.#o;
    const keys = places.flatMap((place) => pools[place]?.key ?? []);
    return { number: index + 1, of: rolling.batches.length, canary, keys };
  }
}

function tooManyFailed(failures: number, tolerated: number): AbortError {
  const hosts = failures === 1 ? '1 host' : `${failures} hosts`;
  return new AbortError(`Not started: ${hosts} had failed before its turn, and ${tolerated} may fail.`);
}

function canaryFailed(key: string): AbortError {
  return new AbortError(`Not started: the canary ${key} had failed.`);
}

function failed(name: string, when: string, thrown: unknown): AbortError {
  const { message } = asError(thrown);
  return new AbortError(`Not started: \`${name}\` failed ${when}: ${message}`, { cause: thrown });
}
