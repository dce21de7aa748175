import { type Abortable, abortReason, onAbort, throwIfAborted } from './abort.js';
import type { HawserError } from './hawser-error.js';

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
  /**
   * Goes along with the line: to look for its front from the start would pass by all who have been served already. It is
   * made anew when somebody gives up, since one that stands still would keep in memory all who came and went.
   */
  #front: IterableIterator<Waiter<T>> = this.#waiters.values();
  readonly #onGone: () => void;
  /** Who came last, though he may be gone. */
  #last: Waiter<T> | undefined;

  /** `onGone` is called when somebody has given up. */
  constructor(onGone: () => void = () => {}) {
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
          this.#front = this.#waiters.values();
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
    let first = this.#front.next();
    if (first.done === true) {
      this.#front = this.#waiters.values();
      first = this.#front.next();
    }
    if (first.done !== true) first.value.serve(thing);
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
