import { abortReason, onAbort, throwIfAborted } from '../core/abort.js';
import { pause } from '../core/deadline.js';
import { type ChannelEvent, diagnostics } from '../core/diagnostics.js';
import { ChannelError } from '../core/errors.js';
import type { HawserError } from '../core/hawser-error.js';

/** How long a learned limit is believed, in milliseconds: sessions that others left behind go away. */
const BELIEVED_FOR = 60_000;

/** Waits between tries when the server refuses although no channel of ours is open, in milliseconds. */
const PATIENCE = [10, 30, 100, 300, 1000] as const;

/** A refusal to open a channel, with the reason code of RFC 4254 §5.1. */
export interface Refusal {
  readonly refused: 'prohibited' | 'connect-failed' | 'unknown-type' | 'shortage';
  readonly cause: unknown;
}

/** Opens one channel, or says how the server refused. Throws for anything else. */
export type Opener<C> = () => Promise<C | Refusal>;

interface Waiter {
  readonly ticket: number;
  readonly start: () => void;
  readonly refuse: (error: HawserError) => void;
}

function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'refused' in value;
}

/**
 * Opens session channels within what the server allows on one connection (`MaxSessions` of sshd_config(5)), which it
 * tells nobody: the gate learns it from the first refusal, and lets the rest wait in the order in which they came.
 */
export class ChannelGate {
  readonly #host: string;
  readonly #crowded: () => void;
  #limit = Number.POSITIVE_INFINITY;
  #learnedAt = 0;
  /** Channels that are open or being opened. */
  #taken = 0;
  /** Channels that the server has confirmed. */
  #open = 0;
  /** The most that were open at once. */
  #peak = 0;
  #tickets = 0;
  #waiters: Waiter[] = [];
  #closed: HawserError | undefined;

  /** `crowded` is called when a channel has to wait for room. */
  constructor(host: string, crowded: () => void = () => {}) {
    this.#host = host;
    this.#crowded = crowded;
  }

  /** Channels that are open now. */
  get open(): number {
    return this.#open;
  }

  /** The most sessions that the server is known to allow; `Infinity` while it has refused none. */
  get limit(): number {
    return this.#limit;
  }

  /**
   * Opens a channel as soon as the server lets it. The caller calls `done` once the channel has closed. Throws
   * `ChannelError` where the server refuses for good, `AbortError` while waiting.
   */
  async through<C extends object>(
    kind: string,
    signal: AbortSignal,
    opener: Opener<C>,
  ): Promise<{ channel: C; done: () => void }> {
    this.#tickets += 1;
    const ticket = this.#tickets;
    await this.#turn(ticket, kind, signal);
    for (let patience = 0; ; ) {
      const outcome = await opener().catch((error: unknown) => {
        this.#giveBack();
        throw error;
      });
      if (!isRefusal(outcome)) return { channel: outcome, done: this.#opened(kind) };
      this.#say('refused', kind);
      const room = outcome.refused === 'connect-failed' || outcome.refused === 'shortage';
      if (room && this.#limit === Number.POSITIVE_INFINITY && this.#taken > 1) this.#learn(this.#peak);
      const wait = PATIENCE[patience];
      if (room && this.#taken > this.#limit) {
        // More are under way than fit: back to the queue.
        this.#giveBack();
        await this.#turn(ticket, kind, signal);
      } else if (room && wait !== undefined) {
        // There should be a place. The server may not have cleared away the last session yet.
        patience += 1;
        await pause(wait, signal);
      } else if (room && this.#open > 0) {
        // Something else holds sessions of this connection, such as a process that outlives its channel.
        this.#learn(this.#open);
        patience = 0;
      } else {
        this.#giveBack();
        throw this.#refused(kind, outcome);
      }
      if (this.#closed !== undefined || signal.aborted) {
        this.#giveBack();
        throw this.#closed ?? abortReason(signal, `opening a channel (${kind})`, this.#host);
      }
    }
  }

  /** Turns away everybody who waits: the connection has ended. */
  close(reason: HawserError): void {
    this.#closed = reason;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.refuse(reason);
  }

  /** Takes a place among the open channels, waiting behind those who came before. */
  async #turn(ticket: number, kind: string, signal: AbortSignal): Promise<void> {
    if (performance.now() - this.#learnedAt > BELIEVED_FOR) this.#unlearn();
    if (this.#closed !== undefined) throw this.#closed;
    throwIfAborted(signal, `opening a channel (${kind})`, this.#host);
    if (this.#taken < this.#limit && !this.#ahead(ticket)) {
      this.#taken += 1;
      return;
    }
    this.#say('queued', kind);
    await new Promise<void>((resolve, reject) => {
      const stop = onAbort(signal, () => {
        this.#waiters = this.#waiters.filter((w) => w !== waiter);
        reject(abortReason(signal, `waiting for a channel (${kind})`, this.#host));
      });
      const waiter: Waiter = {
        ticket,
        start: () => {
          stop();
          this.#taken += 1;
          resolve();
        },
        refuse: (error) => {
          stop();
          reject(error);
        },
      };
      // One that the server refused came before those behind it, and goes back to where it stood.
      const behind = this.#waiters.findIndex((w) => w.ticket > ticket);
      this.#waiters.splice(behind === -1 ? this.#waiters.length : behind, 0, waiter);
      this.#crowded();
    });
  }

  #ahead(ticket: number): boolean {
    const first = this.#waiters[0];
    return first !== undefined && first.ticket < ticket;
  }

  #giveBack(): void {
    this.#taken -= 1;
    this.#admit();
  }

  #admit(): void {
    while (this.#taken < this.#limit) {
      const next = this.#waiters.shift();
      if (next === undefined) return;
      next.start();
    }
  }

  #learn(limit: number): void {
    this.#limit = Math.max(1, limit);
    this.#learnedAt = performance.now();
  }

  /** Lets those who wait try again: what they wait for may be a channel that stays open for days. */
  #unlearn(): void {
    this.#limit = Number.POSITIVE_INFINITY;
    this.#admit();
  }

  /** Counts a channel that the server has confirmed, until what is returned is called. */
  #opened(kind: string): () => void {
    this.#open += 1;
    this.#peak = Math.max(this.#peak, this.#open);
    this.#say('open', kind);
    let closed = false;
    return () => {
      if (closed) return;
      closed = true;
      this.#open -= 1;
      this.#say('close', kind);
      this.#giveBack();
    };
  }

  #say(type: ChannelEvent['type'], kind: string): void {
    if (diagnostics.channel.active) {
      diagnostics.channel.publish({ type, host: this.#host, kind, open: this.#open });
    }
  }

  #refused(kind: string, { refused, cause }: Refusal): ChannelError {
    const why = {
      prohibited: 'its configuration forbids it',
      'connect-failed': 'it could not open it',
      'unknown-type': 'it does not know that kind of channel',
      shortage: 'it has no room for it',
    }[refused];
    return new ChannelError('refused', `${this.#host} refused to open a channel (${kind}): ${why}.`, {
      host: this.#host,
      cause,
    });
  }
}
