import type { HostOutcome } from './host-value.js';
import { MultiResult } from './multi-result.js';

/** Takes the results of a run as they come: `index` is the host's place in the fleet. */
export type Publish<T> = (index: number, result: T) => void;

/**
 * Work on many hosts, under way since it was called. It is a promise of all results in the order of the fleet, and an
 * async iterable of each host's result as it completes; several loops may run, and a late one sees everything.
 *
 * It never rejects because of a host. It rejects with `OptionError` where the call could not be meant and nothing was
 * started. Nobody has to wait for it: a rejection that is not looked at is no crash.
 *
 * @example
 * const run = mc.execute('uptime');
 * for await (const { key, stdout } of run) console.log(key, stdout);
 * const all = await run;
 */
export class FleetRun<out T extends HostOutcome> implements Promise<MultiResult<T>>, AsyncIterable<T> {
  readonly [Symbol.toStringTag]: string = 'FleetRun';
  readonly #all: Promise<MultiResult<T>>;
  /** In the order of completion. */
  readonly #completed: T[] = [];
  #over = false;
  #wake: (() => void)[] = [];

  /** Runs `work`, which hands each host's result to `publish` once; made by `MultiConnection`. */
  constructor(work: (publish: Publish<T>) => Promise<void>) {
    const inOrder: T[] = [];
    const run = async (): Promise<MultiResult<T>> => {
      try {
        await work((index, result) => {
          inOrder[index] = result;
          this.#completed.push(result);
          this.#wakeAll();
        });
      } finally {
        this.#over = true;
        this.#wakeAll();
      }
      return new MultiResult(inOrder);
    };
    this.#all = run();
    this.#all.catch(() => {});
  }

  /** How many hosts have completed so far. */
  get completed(): number {
    return this.#completed.length;
  }

  // biome-ignore lint/suspicious/noThenProperty: a run is a promise.
  then<A = MultiResult<T>, B = never>(
    onFulfilled?: ((value: MultiResult<T>) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#all.then(onFulfilled, onRejected);
  }

  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<MultiResult<T> | B> {
    return this.#all.catch(onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<MultiResult<T>> {
    return this.#all.finally(onFinally);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (let next = 0; ; next += 1) {
      while (next >= this.#completed.length && !this.#over) {
        await new Promise<void>((resolve) => this.#wake.push(resolve));
      }
      const result = this.#completed[next];
      if (result === undefined) break;
      yield result;
    }
    await this.#all;
  }

  #wakeAll(): void {
    if (this.#wake.length === 0) return;
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }
}
