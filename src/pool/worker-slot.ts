import type { Connection } from '../connection/connection.js';
import { throwIfAborted } from '../core/abort.js';
import { Backoff } from '../core/backoff.js';
import { ConnectError } from '../core/errors.js';
import { inTime } from '../core/in-time.js';
import type { PoolPlan } from './pool-options.js';

/** How long `validate` and `reset` may take, in milliseconds. */
const PATIENCE = 10_000;

/**
 * Where a worker is. `out`: not connected, to be started when one is needed. `preparing`: being connected or validated.
 * `free`, `lent`; `returning`: being put in order. `resting`: it could not be started, and waits before the next attempt.
 * `broken`: it could not be started, and trying again by itself would be no use: the login was refused.
 */
export type SlotState = 'out' | 'preparing' | 'free' | 'lent' | 'returning' | 'resting' | 'broken';

/** What a {@link WorkerSlot} needs of the pool that it is part of. */
export interface SlotOwner<C> {
  readonly plan: PoolPlan<C>;
  /** Makes a worker, unopened. */
  make(index: number): C;
  /** A worker was replaced, or is about to be. */
  replaced(): void;
  /** A slot that was in nobody's hands has changed. */
  changed(): void;
}

/** The place of one worker in a pool: the worker itself is replaced, the place stays. */
export class WorkerSlot<C extends Connection> {
  readonly index: number;
  readonly #owner: SlotOwner<C>;
  readonly #backoff: Backoff;
  #state: SlotState = 'out';
  #worker: C | undefined;
  /** When it was connected, on the clock of `performance.now()`. */
  #since = 0;
  /** Its link was lost while it was lent. */
  #lost = false;
  /** All attempts to start it have failed: it is tried on while others stand, and those who wait count on it no more. */
  #isHopeless = false;
  #timer: NodeJS.Timeout | undefined;
  /** Ends the preparation that is under way. */
  #cancel: AbortController | undefined;
  readonly #onLost = (): void => {
    this.#lost = true;
    if (this.#state !== 'free') return;
    this.#replace();
    this.#become('out');
    this.#owner.changed();
  };

  constructor(index: number, owner: SlotOwner<C>, worker?: C) {
    this.index = index;
    this.#owner = owner;
    this.#backoff = new Backoff(owner.plan.reconnect);
    if (worker !== undefined) this.#adopt(worker);
  }

  get state(): SlotState {
    return this.#state;
  }

  get worker(): C | undefined {
    return this.#worker;
  }

  /** Whether its worker is connected, as far as anyone knows. */
  get stands(): boolean {
    return this.#state === 'free' || this.#state === 'lent' || this.#state === 'returning';
  }

  /** Whether its worker stands, or there are attempts left to start it. */
  get promising(): boolean {
    return this.#state !== 'broken' && !this.#isHopeless;
  }

  /** Whether a free worker can be lent as it is. */
  get fit(): boolean {
    return this.#owner.plan.validate === undefined && this.#isSound;
  }

  /** Connects and validates the worker, and a new one where that is no good. Throws why there is none. */
  async prepare(): Promise<void> {
    const cancel = new AbortController();
    const { signal } = cancel;
    this.#cancel = cancel;
    this.#become('preparing');
    try {
      if (this.#worker?.connected === true && !(await this.#isGood(this.#worker))) this.#replace();
      if (this.#worker?.state === 'closed') this.#replace();
      throwIfAborted(signal, 'starting a worker');
      if (this.#worker?.connected !== true) await this.#start(signal);
      this.#forgetFailures();
      this.#become('free');
    } catch (error) {
      if (this.#worker?.connected === true) this.#replace();
      this.#become('out');
      throw error;
    } finally {
      this.#cancel = undefined;
    }
  }

  /** Takes a free worker. */
  lend(): C | undefined {
    this.#become('lent');
    return this.#worker;
  }

  /** Takes the worker back, and replaces it unless it is as good as before. Settles when it is free, or out. */
  giveBack(spoilt: boolean): void | Promise<void> {
    const worker = this.#worker;
    if (spoilt || worker === undefined || !this.#isSound) {
      if (worker !== undefined) this.#replace();
      this.#become('out');
      return undefined;
    }
    const { reset } = this.#owner.plan;
    if (reset === undefined) {
      this.#become('free');
      return undefined;
    }
    this.#become('returning');
    const done = succeeds(async () => {
      await reset(worker);
      return true;
    });
    return done.then((good) => {
      const isFree = good && this.#isSound;
      if (!isFree) this.#replace();
      this.#become(isFree ? 'free' : 'out');
    });
  }

  /** Disconnects a free worker that nobody needs for long. */
  startIdling(): void {
    const { idleTimeout } = this.#owner.plan;
    if (idleTimeout === undefined || this.#state !== 'free') return;
    this.#timer = setTimeout(() => {
      this.#become('out');
      void this.#worker?.disconnect();
      this.#owner.changed();
    }, idleTimeout).unref();
  }

  /** Waits before the next attempt, or for good. The waiting holds up the process only while a call is waiting, too. */
  rest(retryable: boolean): void {
    this.#become(retryable ? 'resting' : 'broken');
    if (!retryable) return;
    const ms = this.#backoff.next();
    this.#isHopeless = ms === undefined;
    this.#timer = setTimeout(() => {
      this.#become('out');
      this.#owner.changed();
    }, ms ?? this.#backoff.longest);
  }

  /** Whether the wait before the next attempt keeps the process alive. */
  holdProcess(hold: boolean): void {
    if (this.#state !== 'resting') return;
    if (hold) this.#timer?.ref();
    else this.#timer?.unref();
  }

  /** Forgets past failures: the next call starts the worker. */
  wake(): void {
    this.#forgetFailures();
    if (this.#state === 'resting' || this.#state === 'broken') this.#become('out');
  }

  /** Gives up a start that nobody waits for. */
  cancel(): void {
    this.#cancel?.abort();
  }

  /** Ends the worker's link; what it does is cut. The worker connects again when it is needed, unless it is lent. */
  async disconnect(): Promise<void> {
    this.#cancel?.abort();
    if (this.#state === 'free' || this.#state === 'resting') this.#become('out');
    await this.#worker?.disconnect();
  }

  async close(): Promise<void> {
    this.#cancel?.abort();
    clearTimeout(this.#timer);
    await this.#worker?.close();
  }

  async #start(signal: AbortSignal): Promise<void> {
    const worker = this.#worker ?? this.#adopt(this.#owner.make(this.index));
    this.#lost = false;
    await worker.connect({ signal });
    this.#since = performance.now();
    const isGood = await this.#isGood(worker);
    throwIfAborted(signal, 'starting a worker');
    if (!isGood) throw notGood(worker);
  }

  /** Whether the worker can be lent, by all that is asked of it. */
  async #isGood(worker: C): Promise<boolean> {
    return this.#isSound && (await this.#isValid(worker)) && this.#isSound;
  }

  get #isSound(): boolean {
    const worker = this.#worker;
    if (worker === undefined || !worker.connected || worker.poisoned || this.#lost) return false;
    const { maxAge } = this.#owner.plan;
    return maxAge === undefined || performance.now() - this.#since < maxAge;
  }

  async #isValid(worker: C): Promise<boolean> {
    const { validate } = this.#owner.plan;
    if (validate === undefined) return true;
    return succeeds(async () => (await validate(worker)) === true);
  }

  #adopt(worker: C): C {
    this.#worker = worker;
    this.#lost = false;
    worker.on('lost', this.#onLost);
    return worker;
  }

  #replace(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    if (worker === undefined) return;
    worker.off('lost', this.#onLost);
    this.#owner.replaced();
    // How it ends is nobody's business any more.
    worker.close().catch(() => {});
  }

  #forgetFailures(): void {
    this.#backoff.reset();
    this.#isHopeless = false;
  }

  #become(state: SlotState): void {
    clearTimeout(this.#timer);
    this.#state = state;
  }
}

/** Whether a check of the pool's owner comes to a good end before long. */
async function succeeds(check: () => Promise<boolean>): Promise<boolean> {
  const good = await inTime(
    check().catch(() => false),
    PATIENCE,
  );
  return good ?? false;
}

function notGood({ key, host }: Connection): ConnectError {
  const message = `A new worker for ${key} was lost at once, or not accepted by the pool's \`validate\`.`;
  return new ConnectError('session', message, { host, key, retryable: true });
}
