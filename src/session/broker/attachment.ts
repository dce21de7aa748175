import { Connection } from '../../connection/connection.js';
import { ClosedError, DisconnectedError } from '../../core/errors.js';
import type { HawserError } from '../../core/hawser-error.js';
import { inTime } from '../../core/in-time.js';
import type { PoolLease } from '../../pool/pool-lease.js';
import { closeInTime } from '../../transport/close-in-time.js';
import type { Transport } from '../../transport/contract.js';

/** How long the last words of channels may take that a lost link has ended, in milliseconds. */
const LAST_WORDS = 1000;
/** How long it may take to end what somebody left running, in milliseconds: its grace, and what the script needs. */
const CLEARING = 30_000;

/** What an {@link Attachment} tells the client whose it is. */
export interface AttachmentWatch {
  crowded(): void;
  over(reason: HawserError | undefined): void;
}

/** What an {@link Attachment} is made with. */
export interface AttachmentOptions {
  readonly connection: Connection;
  readonly transport: Transport;
  /** Whether the transport is this client's alone, and ends with its part. */
  readonly isOwn: boolean;
  /** By which it has the connection, where that is a worker of a pool. */
  readonly lease?: PoolLease<Connection> | undefined;
}

/** One client's part in a session: the link that it was given, until that ends. A session made anew is another part. */
export class Attachment {
  readonly connection: Connection;
  readonly transport: Transport;
  readonly #isOwn: boolean;
  readonly #lease: PoolLease<Connection> | undefined;
  readonly #work = new Set<Promise<unknown>>();
  readonly #watch: AttachmentWatch;
  #over: { readonly reason: HawserError | undefined } | undefined;

  constructor(o: AttachmentOptions, watch: AttachmentWatch) {
    this.connection = o.connection;
    this.transport = o.transport;
    this.#isOwn = o.isOwn;
    this.#lease = o.lease;
    this.#watch = watch;
    this.transport.on('crowded', watch.crowded);
    this.transport.once('close', this.#ended);
  }

  /**
   * Takes part in a session, or has the worker of a pool that was leased. Throws what its connection says of a link that does
   * not stand; the lease is given back then.
   */
  static async of(
    connection: Connection,
    signal: AbortSignal,
    watch: AttachmentWatch,
    lease?: PoolLease<Connection>,
  ): Promise<Attachment> {
    try {
      const transport = await Connection.serviceOf(connection, async (site) => site.transport, {
        exclusive: false,
        signal,
      });
      return new Attachment({ connection, transport, isOwn: false, lease }, watch);
    } catch (error) {
      lease?.release();
      throw error;
    }
  }

  /** Does work on the link: the session counts as in use meanwhile. Throws the reason of the link's end. */
  async use<T>(work: (transport: Transport) => Promise<T>): Promise<T> {
    const { connection, transport } = this;
    const refuseIfOver = (): void => {
      if (this.#over !== undefined) throw this.#over.reason ?? this.#closed();
    };
    // Before: the connection would be made again for what cannot have it. And after: it may have been lost meanwhile.
    refuseIfOver();
    const begin = (): Promise<T> => {
      refuseIfOver();
      return work(transport);
    };
    const done = Connection.serviceOf(connection, begin, { exclusive: false });
    this.#work.add(done);
    const over = (): void => void this.#work.delete(done);
    done.then(over, over);
    return done;
  }

  /**
   * The client takes no further part.
   *
   * @param isAsGood whether he says that a worker that he had is as good as it was. One that nobody speaks for is replaced: who
   *   had it has died, or does not know.
   */
  leave(isAsGood = false): void {
    this.transport.off('crowded', this.#watch.crowded);
    this.transport.off('close', this.#ended);
    if (this.#isOwn) void closeInTime(this.transport, this.#closed());
    if (this.#lease !== undefined) void this.#giveBack(this.#lease, isAsGood);
  }

  /** Settles when nothing runs for the client any more, or will not end. */
  async quiet(): Promise<void> {
    await inTime(Promise.allSettled(this.#work), CLEARING);
  }

  /** What still runs for the client is on its way out: nobody else has the worker before that is over. */
  async #giveBack(lease: PoolLease<Connection>, isAsGood: boolean): Promise<void> {
    if (!isAsGood) await this.quiet();
    const isOver = isAsGood && (await inTime(Promise.allSettled(this.#work), LAST_WORDS)) !== undefined;
    if (isOver) lease.release();
    else lease.discard();
  }

  readonly #ended = (reason?: HawserError): void => {
    this.#over = { reason };
    // What ran on it tells its own story first: what had come, and why no more does.
    void inTime(Promise.allSettled(this.#work), LAST_WORDS).then(() => this.#watch.over(reason));
  };

  #closed(): HawserError {
    const { key } = this.connection;
    const message = `The session on ${key} was closed in the session broker.`;
    return this.#isOwn ? new ClosedError(message, { host: key }) : new DisconnectedError(message, { host: key });
  }
}
