import { AbortError } from '../core/errors.js';
import type { HawserError } from '../core/hawser-error.js';

/** The reading end of a queue. */
export interface EventSource<E> {
  take(): Promise<IteratorResult<E, undefined>>;
  /** Nothing more will come: of those who read on, the first is told the fault, if there is one. */
  end(fault?: { readonly error: unknown }): void;
  /** Nobody reads any more. */
  drop(): void;
}

/** A stream's work, under way. */
export interface StreamedWork {
  /** Settles when every host has had its last event; rejects where the call could not be meant. */
  readonly done: Promise<void>;
  /** Ends what runs, with its children. */
  abort(cause: HawserError): void;
}

/**
 * The events of a fleet, to be read once. The work begins with the first read, and goes no faster than it is read: who
 * stops reading stops the far programs. Meanwhile up to 1 MiB waits for all hosts together, and besides for each host that
 * runs no more than the window of its channel, 2 MiB over SSH: `batchSize` says how many those are. Events come in the order
 * in which they were seen, so that a host that writes without end keeps no other one waiting for longer than it takes to read
 * what came before. Leaving the loop ends the programs, and waits until they are gone.
 */
export class FleetStream<out E> implements AsyncIterableIterator<E, undefined, undefined>, AsyncDisposable {
  readonly #queue: EventSource<E>;
  readonly #start: () => StreamedWork;
  #work: StreamedWork | undefined;
  #left = false;

  /** `start` is called at the first read; what it throws, the read throws. */
  constructor(queue: EventSource<E>, start: () => StreamedWork) {
    this.#queue = queue;
    this.#start = start;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The next event. Throws `OptionError` where the call could not be meant, and `ClosedError` where the fleet is closed. */
  next(): Promise<IteratorResult<E, undefined>> {
    return this.#work === undefined ? this.#first() : this.#queue.take();
  }

  /** Ends every command that runs, and settles when they are gone. */
  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#left = true;
    this.#queue.drop();
    this.#work?.abort(new AbortError('Nobody reads the events of the fleet any more.'));
    await this.#work?.done.catch(() => {});
    return { done: true, value: undefined };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  async #first(): Promise<IteratorResult<E, undefined>> {
    if (!this.#left) {
      this.#work = this.#start();
      this.#work.done.then(
        () => this.#queue.end(),
        (error: unknown) => this.#queue.end({ error }),
      );
    }
    return this.#queue.take();
  }
}
