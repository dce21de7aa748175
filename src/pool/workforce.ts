import type { Connection } from '../connection/connection.js';
import type { ConnectionState } from '../connection/connection-services.js';
import { asHawserError } from '../connection/results/host-error.js';
import { throwIfAborted } from '../core/abort.js';
import { AbortError } from '../core/errors.js';
import type { HawserError } from '../core/hawser-error.js';
import { inTime } from '../core/in-time.js';
import { WaitingLine } from '../core/waiting-line.js';
import { closed, disconnected, full, type PoolName, tooLate } from './pool-errors.js';
import { PoolLease } from './pool-lease.js';
import { type AcquireWorkerOptions, checkWait, type PoolPlan, type PoolStats } from './pool-options.js';
import { type SlotOwner, WorkerSlot } from './worker-slot.js';

/** What a {@link Workforce} is told, and whom it tells. */
export interface WorkforceOptions<C> {
  readonly name: PoolName;
  readonly plan: PoolPlan<C>;
  readonly make: (index: number) => C;
  /** The first worker, which has been made already. */
  readonly first: C;
  readonly onState: (state: ConnectionState, reason?: HawserError) => void;
  /** Nobody waits, and nothing is lent any more. */
  readonly onIdle: () => void;
}

/**
 * The workers of a pool and those who wait for one. Workers that come free go to who came first; as many are started as
 * there are calls that wait. A worker that is no good any more is replaced.
 */
export class Workforce<C extends Connection> implements SlotOwner<C> {
  readonly plan: PoolPlan<C>;
  readonly #o: WorkforceOptions<C>;
  readonly #slots: readonly WorkerSlot<C>[];
  readonly #line: WaitingLine<PoolLease<C>>;
  /** The slots that may be free, the one that was used last at the end. */
  readonly #free: WorkerSlot<C>[] = [];
  readonly #starting = new Map<WorkerSlot<C>, Promise<void>>();
  readonly failures: Map<number, HawserError> = new Map<number, HawserError>();
  #state: ConnectionState = 'idle';
  #replaced = 0;
  #leased = 0;
  #draining: Promise<void> | undefined;
  /** Called when a lease comes back. */
  #onReturn: (() => void) | undefined;

  constructor(o: WorkforceOptions<C>) {
    this.#o = o;
    this.plan = o.plan;
    this.#line = new WaitingLine(() => this.changed());
    this.#slots = Array.from({ length: o.plan.size }, (_, index) => {
      return new WorkerSlot<C>(index, this, index === 0 ? o.first : undefined);
    });
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get workers(): readonly C[] {
    return this.#slots.flatMap(({ worker }) => worker ?? []);
  }

  get stats(): PoolStats {
    const { size } = this.plan;
    const idle = this.#slots.filter(({ state }) => state === 'free').length;
    return { size, idle, leased: this.#leased, waiting: this.#line.length, replaced: this.#replaced };
  }

  /** Whether a worker can be had without waiting for another call. */
  get hasRoom(): boolean {
    return this.#line.length === 0 && this.#slots.some(({ state }) => state === 'free');
  }

  /** How many calls wait or have a worker. */
  get active(): number {
    return this.#line.length + this.#leased;
  }

  make(index: number): C {
    return this.#o.make(index);
  }

  replaced(): void {
    this.#replaced += 1;
  }

  changed(): void {
    this.#pump();
    this.#tellIfIdle();
  }

  /** Waits for a worker, behind all who came before. */
  async acquire(o: AcquireWorkerOptions): Promise<PoolLease<C>> {
    const { size, maxWaiters } = this.plan;
    const timeout = o.timeout === undefined ? this.plan.timeout : checkWait('timeout', o.timeout);
    this.#refuseIfClosed();
    const lease = this.#line.wait({
      signal: o.signal,
      timeout,
      doing: `waiting for a worker of the pool for ${this.#o.name.key}`,
      timedOut: (ms) => tooLate(this.#o.name, ms, this.stats, [...this.failures.values()].at(-1)),
    });
    this.#pump();
    if (this.#line.length > maxWaiters + this.#starting.size) {
      this.#line.refuseLast(full(this.#o.name, size, maxWaiters));
    }
    return lease;
  }

  /** Starts all workers. Throws the first one's error where none stands. */
  async connect(signal: AbortSignal | undefined): Promise<void> {
    while (this.#draining !== undefined) await this.#draining;
    throwIfAborted(signal, `connecting the pool for ${this.#o.name.key}`);
    this.#refuseIfClosed();
    this.failures.clear();
    for (const slot of this.#slots) {
      slot.wake();
      if (slot.state === 'out') this.#start(slot);
    }
    await Promise.all(this.#starting.values());
    this.#refuseIfClosed();
    if (this.#slots.some(({ stands }) => stands)) return;
    const [failure] = [...this.failures].sort(([a], [b]) => a - b).map(([, error]) => error);
    throw failure ?? disconnected(this.#o.name);
  }

  /** Gives up the workers that are being started, where nobody waits for them. */
  cancel(): void {
    if (this.#line.length > 0) return;
    for (const slot of this.#starting.keys()) slot.cancel();
  }

  /** Lets the leases under way come to their end, then cuts; who waits is turned away. */
  async disconnect(): Promise<void> {
    if (this.#state === 'closed' || this.#state === 'idle') return;
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = undefined;
      this.changed();
    });
    await this.#draining;
  }

  /** Cuts all, for good. */
  async close(): Promise<void> {
    this.#become('closed');
    this.#line.refuseAll(closed(this.#o.name));
    this.#onReturn?.();
    await Promise.all(this.#slots.map((slot) => slot.close()));
    await Promise.all(this.#starting.values());
  }

  async #drain(): Promise<void> {
    this.#become('disconnected');
    this.#line.refuseAll(disconnected(this.#o.name));
    const unlent = this.#slots.filter(({ state }) => state !== 'lent' && state !== 'returning');
    const left = Promise.all(unlent.map((slot) => slot.disconnect()));
    await inTime(this.#allReturned(), this.plan.drainTimeout);
    await Promise.all([left, ...this.#slots.map((slot) => slot.disconnect())]);
  }

  async #allReturned(): Promise<void> {
    const isOut = ({ state }: WorkerSlot<C>): boolean => state === 'lent' || state === 'returning';
    while (this.#state !== 'closed' && this.#slots.some(isOut)) {
      await new Promise<void>((resolve) => {
        this.#onReturn = resolve;
      });
    }
  }

  /** Serves who waits with what is free, and starts as many workers as are wanted besides. */
  #pump(): void {
    if (this.#draining !== undefined || this.#state === 'closed') return;
    while (this.#line.length > this.#starting.size) {
      const slot = this.#nextFree() ?? this.#nextOut();
      if (slot === undefined) break;
      if (slot.state === 'free' && slot.fit) this.#serve(slot);
      else this.#start(slot);
    }
    for (const slot of this.#slots) slot.holdProcess(this.#line.length > 0);
  }

  #nextFree(): WorkerSlot<C> | undefined {
    for (;;) {
      const slot = this.#free.pop();
      if (slot === undefined || slot.state === 'free') return slot;
    }
  }

  #nextOut(): WorkerSlot<C> | undefined {
    const out = this.#slots.filter(({ state }) => state === 'out');
    return out.find(({ promising }) => promising) ?? out[0];
  }

  #serve(slot: WorkerSlot<C>): void {
    const worker = slot.lend();
    if (worker === undefined) return;
    this.#leased += 1;
    this.#line.serve(new PoolLease(worker, (spoilt) => this.#takeBack(slot, spoilt)));
  }

  #takeBack(slot: WorkerSlot<C>, spoilt: boolean): void {
    this.#leased -= 1;
    const later = slot.giveBack(spoilt);
    if (later === undefined) this.#returned(slot);
    else void later.then(() => this.#returned(slot));
    this.#tellIfIdle();
  }

  #returned(slot: WorkerSlot<C>): void {
    this.#onReturn?.();
    this.#offer(slot);
  }

  /** A slot has come free, or out. */
  #offer(slot: WorkerSlot<C>): void {
    if (slot.state === 'free') {
      const at = this.#free.indexOf(slot);
      if (at >= 0) this.#free.splice(at, 1);
      this.#free.push(slot);
      this.#pump();
      slot.startIdling();
    } else this.#pump();
  }

  #start(slot: WorkerSlot<C>): void {
    if (this.#state === 'idle' || this.#state === 'disconnected') this.#become('connecting');
    const started = slot.prepare().then(
      () => this.#ready(slot),
      (error: unknown) => this.#failed(slot, error),
    );
    this.#starting.set(slot, started);
  }

  #ready(slot: WorkerSlot<C>): void {
    this.#starting.delete(slot);
    this.failures.delete(slot.index);
    if (this.#draining !== undefined || this.#state === 'closed') {
      void slot.disconnect();
      return;
    }
    this.#become('connected');
    // It has just been validated.
    if (this.#line.length > 0) this.#serve(slot);
    this.#offer(slot);
  }

  #failed(slot: WorkerSlot<C>, thrown: unknown): void {
    const { key, host } = this.#o.name;
    this.#starting.delete(slot);
    if (this.#draining !== undefined || this.#state === 'closed') return;
    const error = asHawserError(thrown, `starting a worker of the pool for ${key}`, host);
    if (error instanceof AbortError) {
      // Nobody wanted it; somebody may by now.
      if (this.#line.length === 0) this.#giveUpIfHopeless(error);
      this.#pump();
      return;
    }
    this.failures.set(slot.index, error);
    slot.rest(error.retryable);
    this.#giveUpIfHopeless(error);
    this.#pump();
    this.plan.onWorkerFailed?.(error, slot.index);
  }

  /**
   * Turns away who waits where no worker stands, or is about to: at once where none ever stood, as a connection does, else
   * when all attempts have failed. The next call tries again.
   */
  #giveUpIfHopeless(error: HawserError): void {
    const wasUp = this.#state === 'connected';
    const isHope = ({ state, stands, promising }: WorkerSlot<C>): boolean =>
      wasUp ? promising : stands || state === 'preparing';
    if (this.#slots.some(isHope)) return;
    for (const slot of this.#slots) slot.wake();
    this.#become('disconnected', wasUp ? error : undefined);
    this.#line.refuseAll(error);
    this.#tellIfIdle();
  }

  #refuseIfClosed(): void {
    if (this.#state === 'closed') throw closed(this.#o.name);
  }

  #become(state: ConnectionState, reason?: HawserError): void {
    if (this.#state === 'closed' || this.#state === state) return;
    this.#state = state;
    this.#o.onState(state, reason);
  }

  #tellIfIdle(): void {
    if (this.active === 0) this.#o.onIdle();
  }
}
