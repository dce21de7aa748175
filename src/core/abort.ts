import { AbortError } from './errors.js';
import { HawserError } from './hawser-error.js';

/** What every asynchronous call takes. */
export interface Abortable {
  /** Ends the call with an {@link AbortError}; what it had begun is undone. */
  readonly signal?: AbortSignal | undefined;
}

/** A signal that never fires, for calls that need one and were given none. */
export const neverAborted: AbortSignal = new AbortController().signal;

/** The error for a signal that fired: its reason where that is one of ours, else an {@link AbortError} around it. */
export function abortReason(signal: AbortSignal, doing: string, host?: string): HawserError {
  const reason: unknown = signal.reason;
  if (reason instanceof HawserError) return reason;
  return new AbortError(`Aborted by the caller while ${doing}`, { host, cause: reason });
}

/** The signal that a call was given, where its last argument has one. */
export function signalAmong(args: readonly unknown[]): AbortSignal | undefined {
  const last = args.at(-1);
  if (typeof last !== 'object' || last === null || !('signal' in last)) return undefined;
  return last.signal instanceof AbortSignal ? last.signal : undefined;
}

/** Throws {@link abortReason} if the signal has fired. */
export function throwIfAborted(signal: AbortSignal | undefined, doing: string, host?: string): void {
  if (signal?.aborted) throw abortReason(signal, doing, host);
}

/** Those who listen to signals of our own making, by {@link shareListener}. */
const sharers = new WeakMap<AbortSignal, Sharers>();

class Sharers {
  readonly #signal: AbortSignal;
  readonly #listeners = new Set<() => void>();
  #isHeard = false;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(listener: () => void): () => void {
    if (!this.#isHeard) this.#hear();
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #hear(): void {
    this.#isHeard = true;
    const tell = (): void => {
      for (const listener of this.#listeners) listener();
    };
    this.#signal.addEventListener('abort', tell, { once: true });
  }
}

/**
 * Has all who listen to a signal by {@link onAbort} share one listener of Node's, which stays: to put one on and take it off
 * costs more than many a command. For signals of our own alone: one of the caller's may live for days, and Node keeps a
 * signal with a time limit in memory for as long as somebody listens.
 */
export function shareListener(signal: AbortSignal): void {
  sharers.set(signal, new Sharers(signal));
}

function ignore(): void {}

/**
 * Calls `listener` when the signal fires, at once if it has. Returns the way to stop listening: signals often outlive
 * the calls they are given to, so every call takes its listener off again.
 */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal === undefined || signal === neverAborted) return ignore;
  if (signal.aborted) {
    listener();
    return ignore;
  }
  const shared = sharers.get(signal);
  if (shared !== undefined) return shared.add(listener);
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}

/** How {@link raceAbort} words its error, and what it does with a value that nobody waits for any more. */
export interface RaceOptions<T> {
  readonly doing: string;
  readonly host?: string | undefined;
  /** Releases a value that arrives after the abort. */
  readonly late?: (value: T) => void;
}

/**
 * Waits for `work`, or for the signal, whichever comes first. A value that arrives after the abort belongs to nobody:
 * it goes to `late`.
 */
export function raceAbort<T>(work: Promise<T>, signal: AbortSignal | undefined, o: RaceOptions<T>): Promise<T> {
  if (signal === undefined || signal === neverAborted) return work;
  return new Promise<T>((resolve, reject) => {
    let over = false;
    const stop = onAbort(signal, () => {
      over = true;
      reject(abortReason(signal, o.doing, o.host));
    });
    work.then(
      (value) => {
        if (over) o.late?.(value);
        else resolve(value);
        stop();
      },
      (error: unknown) => {
        reject(error);
        stop();
      },
    );
  });
}
