import { type Abortable, abortReason, onAbort, throwIfAborted } from '../core/abort.js';
import type { HawserError } from '../core/hawser-error.js';

/** How one waits in a {@link WaitingLine}. */
export interface WaitingOptions extends Abortable {
  /** In milliseconds; `undefined`: for ever. */
  readonly timeout: number | undefined;
  /** What is being waited for, for the error of a signal. */
  readonly doing: string;
  /** The error of a time limit. */
  readonly timedOut: (ms: number) => HawserError;
}

interface Waiter<T> {
  serve(thing: T): void;
  refuse(error: HawserError): void;
}

/** Those who wait for something, strictly in the order in which they came. Who gives up leaves no trace. */
export class WaitingLine<T> {
  /** Insertion order is the order of coming; a waiter leaves in constant time. */
  readonly #waiters = new Set<Waiter<T>>();
  readonly #onGone: () => void;
  /** Who came last, though he may be gone. */
  #last: Waiter<T> | undefined;

  /** `onGone` is called when somebody has given up. */
  constructor(onGone: () => void) {
    this.#onGone = onGone;
  }

  get length(): number {
    return this.#waiters.size;
  }

  /** Joins the line. Throws what the signal says, or the time limit's error. */
  wait(o: WaitingOptions): Promise<T> {
    const { signal, timeout, doing } = o;
    throwIfAborted(signal, doing);
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const leave = (): void => {
        this.#waiters.delete(waiter);
        clearTimeout(timer);
        stop();
      };
      const waiter: Waiter<T> = {
        serve: (thing) => {
          leave();
          resolve(thing);
        },
        refuse: (error) => {
          leave();
          reject(error);
        },
      };
      const giveUp = (error: HawserError): void => {
        waiter.refuse(error);
        this.#onGone();
      };
      this.#waiters.add(waiter);
      this.#last = waiter;
      const stop = onAbort(signal, () => {
        if (signal) giveUp(abortReason(signal, doing));
      });
      if (timeout !== undefined) timer = setTimeout(() => giveUp(o.timedOut(timeout)), timeout);
    });
  }

  /** Serves who came first; there must be somebody. */
  serve(thing: T): void {
    for (const waiter of this.#waiters) {
      waiter.serve(thing);
      return;
    }
  }

  /** Turns away everyone. */
  refuseAll(error: HawserError): void {
    for (const waiter of [...this.#waiters]) waiter.refuse(error);
  }

  /** Turns away who came last, and waits still. */
  refuseLast(error: HawserError): void {
    this.#last?.refuse(error);
  }
}
