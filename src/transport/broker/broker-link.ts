import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { createConnection, type Socket } from 'node:net';
import { type Abortable, raceAbort } from '../../core/abort.js';
import { pause } from '../../core/deadline.js';
import { ConnectError, DisconnectedError } from '../../core/errors.js';
import { TypedEvents } from '../../core/events.js';
import type { HawserError } from '../../core/hawser-error.js';
import { brokeOff } from './broken-off.js';
import { asRecord, LineFault, readFirstLine } from './lines.js';
import { PatientSocket } from './patient-socket.js';
import { Header, LINK_WINDOW, LONGEST_REQUEST, PROTOCOL_VERSION, SESSION_MEMORY, SETTINGS } from './protocol.js';
import { decodeError } from './wire-error.js';

/** How often a broker is tried at whose door too many stand, and how much longer is waited each time, in milliseconds. */
const MOST_TRIES = 50;
const PAUSE = 5;

/** One client's link to a broker, which all its sessions and channels share. Once closed it stays closed. */
export class BrokerLink extends TypedEvents<{ close: [reason: HawserError] }> {
  readonly #session: ClientHttp2Session;
  readonly #socket: Socket;
  readonly #place: string;
  #over: HawserError | undefined;
  #answered = false;
  #numbers = 0;
  /** Work under way: while there is any, the process is kept alive. */
  #holds = 0;

  private constructor(socket: Socket, place: string) {
    super();
    this.#socket = socket;
    this.#place = place;
    this.setMaxListeners(0);
    this.#session = connect('http://broker', {
      createConnection: () => new PatientSocket(socket),
      settings: SETTINGS,
      maxSessionMemory: SESSION_MEMORY,
      // What may be asked for before the broker's own settings are here.
      peerMaxConcurrentStreams: 2 ** 31 - 1,
    });
    this.#session.once('connect', () => {
      // It may have been closed by then.
      if (!this.#session.destroyed) this.#session.setLocalWindowSize(LINK_WINDOW);
    });
    this.#session.once('remoteSettings', () => {
      this.#answered = true;
    });
    // Whoever has a stream hears of it there.
    this.#session.on('error', () => {});
    this.#session.once('close', () => {
      this.emit('close', this.#whyOver());
    });
    socket.unref();
  }

  /**
   * Connects to the broker that listens at a socket.
   *
   * @throws ConnectError where none does.
   */
  static async open(socketPath: string, o: Abortable = {}): Promise<BrokerLink> {
    for (let tries = 1; ; tries += 1) {
      try {
        return new BrokerLink(await dial(socketPath, o), socketPath);
      } catch (error) {
        if (!isCrowded(error) || tries === MOST_TRIES) throw error;
        await pause(tries * PAUSE, o.signal);
      }
    }
  }

  /** Whether a broker has been heard at the other end. */
  get answered(): boolean {
    return this.#answered;
  }

  /** Why it is closed; `undefined` while it stands. */
  get over(): HawserError | undefined {
    return this.#over ?? (this.#session.destroyed || this.#session.closed ? this.#whyOver() : undefined);
  }

  /** A number that no other channel or session of this link has. */
  number(): number {
    this.#numbers += 1;
    return this.#numbers;
  }

  /**
   * Begins a request; `line` begins its body. The answer's headers come as the stream's `response`.
   *
   * @throws the reason for which the link is closed.
   */
  request(path: string, line: object, headers: OutgoingHttpHeaders = {}): ClientHttp2Stream {
    const { over } = this;
    if (over !== undefined) throw over;
    const stream = this.#session.request(
      { ':method': 'POST', ':path': path, [Header.version]: PROTOCOL_VERSION, ...headers },
      { endStream: false },
    );
    // A stream that dies while nobody listens is no crash: its end tells enough.
    stream.on('error', () => {});
    stream.write(`${JSON.stringify(line)}\n`);
    return stream;
  }

  /** Waits until a request has been granted. Throws what the broker says where it is not, or the reason of its end. */
  async granted(stream: ClientHttp2Stream): Promise<void> {
    const status = await new Promise<number>((resolve, reject) => {
      stream.once('response', (headers) => resolve(Number(headers[':status'])));
      stream.once('close', () => reject(this.brokenOff(stream)));
    });
    if (status === 200) return;
    throw await this.#refusal(stream, status);
  }

  /** A request that is answered with one line. */
  async call(path: string, line: object, o: Abortable = {}): Promise<unknown> {
    const release = this.hold();
    const stream = this.request(path, line).end();
    try {
      const answer = this.granted(stream).then(() => this.#firstLine(stream));
      const said = await raceAbort(answer, o.signal, { doing: `asking the session broker at ${this.#place}` });
      // Its end is on its way. To cut it short would count: past a thousand streams that were reset, a server of Node's takes
      // its client for an attacker and cuts the link (nghttp2, `option_set_stream_reset_rate_limit`; CVE-2023-44487).
      stream.resume();
      return said;
    } catch (error) {
      stream.close(constants.NGHTTP2_CANCEL);
      throw error;
    } finally {
      release();
    }
  }

  /** Why a stream came to an end before it should have. */
  brokenOff(stream: ClientHttp2Stream): HawserError {
    const { over } = this;
    if (over !== undefined) return over;
    if (!this.#answered) return noBroker(this.#place);
    return new DisconnectedError(
      `The session broker at ${this.#place} broke off a request (HTTP/2 error ${stream.rstCode}).`,
    );
  }

  /** Keeps this process alive until what it returns is called. */
  hold(): () => void {
    this.#holds += 1;
    if (this.#holds === 1) this.#socket.ref();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#holds -= 1;
      if (this.#holds === 0) this.#socket.unref();
    };
  }

  /** Ends the link: its sessions stay in the broker, and its channels are closed there. */
  close(reason: HawserError): void {
    this.#over ??= reason;
    this.#session.destroy();
  }

  #whyOver(): HawserError {
    this.#over ??= this.#answered ? brokeOff(this.#place) : noBroker(this.#place);
    return this.#over;
  }

  async #refusal(stream: ClientHttp2Stream, status: number): Promise<HawserError> {
    const { error } = asRecord(await this.#firstLine(stream).catch(() => undefined));
    if (error !== undefined) return decodeError(error);
    return new ConnectError('session', `What listens at ${this.#place} is no session broker: it answers ${status}.`);
  }

  async #firstLine(stream: ClientHttp2Stream): Promise<unknown> {
    try {
      return await readFirstLine(stream, LONGEST_REQUEST);
    } catch (error) {
      throw error instanceof LineFault ? this.brokenOff(stream) : error;
    }
  }
}

/** What listens there hung up before it said anything that a broker says: another program, or a broker that is ending. */
function noBroker(place: string): ConnectError {
  const message =
    `What listens at ${place} does not answer as a session broker. ` +
    'End it, or set HAWSER_SESSION_SOCKET to another path.';
  return new ConnectError('session', message, { retryable: true });
}

/** Whether an error says that of what listens. */
export function hungUpUnanswered(error: unknown): boolean {
  return error instanceof ConnectError && error.phase === 'session' && error.retryable;
}

async function dial(socketPath: string, o: Abortable): Promise<Socket> {
  const socket = createConnection(socketPath);
  const connected = new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', (cause) => reject(unreachable(socketPath, cause)));
  });
  try {
    await raceAbort(connected, o.signal, { doing: `connecting to the session broker at ${socketPath}` });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** Linux refuses a connection at once where too many wait to be accepted. */
function isCrowded(error: unknown): boolean {
  return error instanceof ConnectError && error.cause instanceof Error && Reflect.get(error.cause, 'code') === 'EAGAIN';
}

function unreachable(socketPath: string, cause: Error): ConnectError {
  const code: unknown = Reflect.get(cause, 'code');
  const why = code === 'ENOENT' || code === 'ECONNREFUSED' ? 'none runs there' : cause.message;
  return new ConnectError(
    'tcp',
    `Cannot reach the session broker at ${socketPath}: ${why}. Start one with "hawser session start".`,
    { retryable: true, cause },
  );
}
