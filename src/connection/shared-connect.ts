import { type Abortable, raceAbort } from '../core/abort.js';
import { CallScope, LONGEST_TIMER } from '../core/deadline.js';
import type { HawserError } from '../core/hawser-error.js';

/** What a {@link SharedConnect} does, and for how long. */
export interface SharedConnectOptions {
  /** Connects; the scope says until when. */
  readonly run: (scope: CallScope) => Promise<void>;
  /** Called once it is over, before anybody who waited hears of it. */
  readonly onOver: () => void;
  /** Why it is given up with the last of those who wait for it. Without this it goes on for its own sake. */
  readonly unwanted?: () => HawserError;
}

/** A connect under way, which all who need it wait for. */
export class SharedConnect {
  /** Settles when it is over, and never rejects. */
  readonly over: Promise<void>;
  readonly #o: SharedConnectOptions;
  readonly #scope = new CallScope();
  readonly #done: Promise<void>;
  #isOver = false;
  #waiting = 0;
  #hold: NodeJS.Timeout | undefined;

  constructor(o: SharedConnectOptions) {
    this.#o = o;
    this.#done = o.run(this.#scope).finally(() => {
      this.#isOver = true;
      this.#scope[Symbol.dispose]();
      o.onOver();
    });
    this.over = this.#done.catch(() => {});
  }

  /** Whether it is on its way out: it is nobody's to join. */
  get givenUp(): boolean {
    return this.#scope.signal.aborted;
  }

  /** Waits until it is done; throws why it failed, or what the signal says. */
  async wait(o: Abortable & { readonly doing: string; readonly host: string }): Promise<void> {
    this.#waiting += 1;
    // One that goes on for its own sake holds up no process: who waits for it does.
    this.#hold ??= setInterval(() => {}, LONGEST_TIMER);
    try {
      await raceAbort(this.#done, o.signal, o);
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#left();
    }
  }

  /** Gives it up; who waits hears the reason. */
  giveUp(reason: HawserError): void {
    this.#scope.abort(reason);
  }

  #left(): void {
    clearInterval(this.#hold);
    this.#hold = undefined;
    if (!this.#isOver && this.#o.unwanted !== undefined) this.giveUp(this.#o.unwanted());
  }
}
