import { setMaxListeners } from 'node:events';
import type { Duplex } from 'node:stream';
import { abortReason, onAbort } from '../../core/abort.js';
import { ChannelError } from '../../core/errors.js';
import { TypedEvents } from '../../core/events.js';
import { HawserError } from '../../core/hawser-error.js';
import { inTime } from '../../core/in-time.js';
import { visible } from '../../core/visible.js';
import type { ForwardEnd } from '../../inventory/forward-spec.js';
import type { Listener } from '../../transport/contract.js';
import type { ForwardLine } from './forward-line.js';
import { breakOff, joinStreams, type StreamCounter } from './join-streams.js';
import type { ForwardPlan, ForwardType } from './plan-forward.js';

/** A forward that goes over a new link, since the old one was lost. */
export interface ForwardReconnected {
  /** Where it listens. */
  readonly address: ForwardEnd;
  /** Whether that is another port than before, which the server has chosen: those who use it have to be told. */
  readonly moved: boolean;
}

/** Events of a {@link Forward}. */
export type ForwardEvents = {
  /** A client was connected to `to`. */
  connection: [to: ForwardEnd];
  /** One client could not be connected, and has been turned away; the forward goes on. Nobody has to listen. */
  error: [error: HawserError];
  /** Its link was lost, for `reason`, and is being made again. A port here is listened on meanwhile, and clients wait. */
  reconnecting: [reason: HawserError];
  /** The link stands again, and the forward works. */
  reconnected: [about: ForwardReconnected];
  /** It has ended, for `reason` where nobody asked for that. Emitted once. */
  close: [reason?: HawserError];
};

/** A client's stream, connected: to where, and by what. */
export interface Connected {
  readonly to: ForwardEnd;
  readonly stream: Duplex;
}

/** What a forward is made of. */
export interface ForwardParts {
  readonly plan: ForwardPlan;
  readonly listener: Listener;
  /** Connects a client; `undefined` where it went before it said where to. Throws what the client was turned away for. */
  readonly connect: (client: Duplex, signal: AbortSignal) => Promise<Connected | undefined>;
  readonly key: string;
  /** What it goes over; it ends with that. */
  readonly line: ForwardLine;
  /** The caller's, which ends it. */
  readonly signal: AbortSignal | undefined;
  /** Takes away what the listener leaves behind, where the link still stands. Never throws. */
  readonly cleanUp: () => Promise<void>;
}

/** How long a server has to agree that it listens no more, and to clear away, in milliseconds. */
const CLOSE_PATIENCE = 2000;

/**
 * A forward that is open: `connection.forward` gives it. Each client has a stream of its own; an end of data is passed on
 * without ending the other direction, and a slow side slows the other one down. It ends with {@link close}, with its
 * signal, and with the connection; a link that the connection makes again ends what went over it, and nothing else.
 */
export class Forward extends TypedEvents<ForwardEvents> implements AsyncDisposable {
  readonly type: ForwardType;
  /** Where it leads; `undefined` where its clients say, to a SOCKS proxy. */
  readonly to: ForwardEnd | undefined;
  /** Settles when it has ended, with the reason where nobody asked for that. */
  readonly ended: Promise<HawserError | undefined>;
  readonly #parts: ForwardParts;
  readonly #over = new AbortController();
  /** Fires when the link is lost, or all of it has ended. */
  #cut = new AbortController();
  /** Where clients come from; `undefined` while the far machine has no link to listen for. */
  #listener: Listener | undefined;
  #address: ForwardEnd;
  #stop: () => void = () => {};
  readonly #streams = new Set<Promise<void>>();
  #finish: (reason: HawserError | undefined) => void = () => {};
  #sent = 0;
  #received = 0;
  #closing: Promise<void> | undefined;

  /** Takes clients from now on. */
  constructor(parts: ForwardParts) {
    super();
    const { plan, listener, line, signal, key } = parts;
    this.#parts = parts;
    this.type = plan.type;
    this.to = plan.to;
    this.#address = addressOf(plan, listener);
    this.ended = new Promise((resolve) => {
      this.#finish = resolve;
    });
    // Each client hears of the end.
    setMaxListeners(0, this.#over.signal, this.#cut.signal);
    this.#listen(listener);
    line.on('lost', () => this.#lost());
    line.on('reconnecting', (reason) => this.#tell(() => this.emit('reconnecting', reason)));
    line.on('stands', (again) => this.#goOn(again));
    line.on('over', (reason) => void this.#end(reason));
    const end = (): void => {
      if (signal !== undefined) void this.#end(abortReason(signal, `forwarding through ${key}`, key));
    };
    this.#stop = onAbort(signal, end);
  }

  /** Where it listens, with the port that was chosen. The host is as it was asked for, `*` for every address. */
  get address(): ForwardEnd {
    return this.#address;
  }

  /** Whether it has ended, or is about to. */
  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /** The port that it listens on; `undefined` for a Unix socket. */
  get port(): number | undefined {
    return 'port' in this.address ? this.address.port : undefined;
  }

  /** How many clients are connected or being connected. */
  get active(): number {
    return this.#streams.size;
  }

  /** What all clients so far have had carried: `sent` to the far machine, `received` from it. */
  get bytes(): { readonly sent: number; readonly received: number } {
    return { sent: this.#sent, received: this.#received };
  }

  /** Listens no more, and breaks off what is still open. Idempotent; settles when nothing of it is left. */
  close(): Promise<void> {
    return this.#end(undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #listen(listener: Listener): void {
    this.#listener = listener;
    listener.on('connection', (client) => this.#accept(client));
  }

  /** The link is gone: what went over it sees that, and no end of data. */
  #lost(): void {
    this.#cut.abort();
    if (this.type === 'remote') this.#listener = undefined;
  }

  /** Another link stands, and `listener` on its far side. */
  #goOn(listener: Listener | undefined): void {
    if (this.closed) return;
    this.#cut = new AbortController();
    setMaxListeners(0, this.#cut.signal);
    const before = this.port;
    if (listener !== undefined) {
      this.#listen(listener);
      this.#address = addressOf(this.#parts.plan, listener);
    }
    const about = { address: this.#address, moved: this.port !== before };
    this.#tell(() => this.emit('reconnected', about));
  }

  #accept(client: Duplex): void {
    if (this.#over.signal.aborted) {
      breakOff(client);
      return;
    }
    const stream = this.#serve(client);
    this.#streams.add(stream);
    void stream.finally(() => this.#streams.delete(stream));
  }

  /** Serves one client until it has gone. Never throws. */
  async #serve(client: Duplex): Promise<void> {
    const gone = new AbortController();
    const leave = (): void => gone.abort();
    client.once('close', leave);
    const stop = onAbort(this.#over.signal, () => {
      leave();
      // A SOCKS client that has not said yet where to would stay for as long as it likes.
      breakOff(client);
    });
    try {
      const connected = await this.#parts.connect(client, gone.signal);
      if (connected === undefined) {
        client.end();
        return;
      }
      const { stream, to } = connected;
      const joined = joinStreams(client, stream, this.#counter(), this.#cut.signal);
      this.#tell(() => this.emit('connection', to));
      await joined;
    } catch (error) {
      const left = gone.signal.aborted;
      turnAway(client);
      if (left || this.listenerCount('error') === 0) return;
      this.#tell(() => this.emit('error', this.#failure(error)));
    } finally {
      stop();
      client.off('close', leave);
    }
  }

  #failure(error: unknown): HawserError {
    if (error instanceof HawserError) return error;
    const { key } = this.#parts;
    const why = error instanceof Error ? error.message : String(error);
    return new ChannelError('refused', `A client could not be connected through ${key}: ${visible(why)}.`, {
      host: key,
      cause: error,
    });
  }

  /** What a listener throws is its own affair, and ends no stream. */
  #tell(emit: () => void): void {
    process.nextTick(emit);
  }

  #counter(): StreamCounter {
    const sent = (bytes: number): void => {
      this.#sent += bytes;
    };
    const received = (bytes: number): void => {
      this.#received += bytes;
    };
    return this.type === 'remote' ? { forth: received, back: sent } : { forth: sent, back: received };
  }

  #end(reason: HawserError | undefined): Promise<void> {
    this.#closing ??= this.#close(reason);
    return this.#closing;
  }

  async #close(reason: HawserError | undefined): Promise<void> {
    this.#stop();
    const closing = this.#listener?.close().then(this.#parts.cleanUp);
    this.#over.abort();
    this.#cut.abort();
    await inTime(Promise.all([closing, ...this.#streams]), CLOSE_PATIENCE);
    this.#finish(reason);
    this.emit('close', reason);
  }
}

/** Ends a client that is not served: at once, but for what it is still to be told. */
function turnAway(client: Duplex): void {
  if (!client.writableEnded || client.writableFinished) {
    breakOff(client);
    return;
  }
  client.resume();
  client.once('finish', () => client.destroy());
}

function addressOf({ listen }: ForwardPlan, listener: Listener): ForwardEnd {
  if ('socketPath' in listen) return listen;
  return { host: listen.host === '' ? '*' : listen.host, port: listener.port ?? listen.port };
}
