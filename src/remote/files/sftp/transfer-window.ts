/** The least that is under way where it can be, in bytes: enough for a fast link until more is known. */
const FIRST = 1024 * 1024;

/** The most that is asked for at once, in bytes: what comes in the round trip of a long line that is fast, too. */
export const MOST_READ: number = 16 * 1024 * 1024;

/** The most that is sent at once, in bytes: OpenSSH takes as much of a channel unheard, more would only wait here. */
export const MOST_WRITTEN: number = 2 * 1024 * 1024;

/** The shortest request that a server is believed to want, in bytes. */
const SHORTEST = 4096;

/** How much faster it has to become for the window to grow on, and the time for which a whole window may queue up. */
const GAIN = 1.1;
const QUEUE_MS = 250;

/** How often in a row it may become no faster before the window stays: a busy machine has its moments. */
const TRIES = 3;

/**
 * How much of a transfer is under way: doubled while that makes it faster, or costs nobody else much time. More than the
 * link and the server can hold would only queue up in front of everything else that goes over the connection.
 */
export class TransferWindow {
  #bytes = FIRST;
  readonly #most: number;
  #request: number;
  #arrived = 0;
  #since: number;
  #rate = 0;
  #tries = TRIES;

  /** `request` is the longest request that the server takes, `most` the most that may be under way, in bytes. */
  constructor(request: number, most: number, now: number = performance.now()) {
    this.#request = request;
    this.#most = most;
    this.#since = now;
  }

  /** How many bytes may be under way. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How long one request may be, in bytes. */
  get request(): number {
    return this.#request;
  }

  /** Counts bytes that have been read, or acknowledged. */
  arrived(bytes: number, now: number = performance.now()): void {
    if (this.#tries === 0 || this.#bytes >= this.#most) return;
    this.#arrived += bytes;
    if (this.#arrived < this.#bytes) return;
    const took = Math.max(now - this.#since, 0.001);
    const rate = this.#arrived / took;
    const faster = took < QUEUE_MS / 2 || rate >= this.#rate * GAIN;
    this.#tries = faster ? TRIES : this.#tries - 1;
    if (faster) this.#bytes = Math.min(this.#most, this.#bytes * 2);
    this.#rate = Math.max(this.#rate, rate);
    this.#arrived = 0;
    this.#since = now;
  }

  /** Notes that the server gave no more than `bytes` at a time although there were more. */
  shorten(bytes: number): void {
    this.#request = Math.max(SHORTEST, Math.min(this.#request, bytes));
  }

  /** Asks for one thing at a time from now on. */
  single(): void {
    this.#tries = 0;
    this.#bytes = 1;
  }
}
