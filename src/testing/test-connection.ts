import { setMaxListeners } from 'node:events';
import type { Socket } from 'node:net';
import ssh2, { type AuthContext, type Connection } from 'ssh2';
import { pause } from '../core/deadline.js';
import { mendRekeying } from '../transport/ssh2/internals.js';
import { Authenticator } from './authenticator.js';
import { dialLoopback } from './dial-loopback.js';
import type { HostLogEntry } from './host-log.js';
import type { HostSettings } from './host-settings.js';
import { ProcessGroups } from './process-groups.js';
import { serveSession } from './session.js';

/** ssh2's server asks silent clients for a sign of life every 15 seconds; test hosts never do. */
const NEVER = 2 ** 31 - 1;

/** One connection to a test host, served as SSH. */
export class TestConnection {
  /** Resolves when the socket is closed and every process that the connection started has been reaped. */
  readonly ended: Promise<void>;
  readonly #ordinal: number;
  readonly #socket: Socket;
  readonly #settings: HostSettings;
  readonly #groups = new ProcessGroups();
  readonly #over = new AbortController();
  #authenticated = false;
  #sessions = 0;
  #stalled: boolean;

  constructor(ordinal: number, socket: Socket, settings: HostSettings, stalled: boolean) {
    this.#ordinal = ordinal;
    this.#socket = socket;
    this.#settings = settings;
    this.#stalled = stalled;
    // Every session listens on it: there may be many.
    setMaxListeners(0, this.#over.signal);
    this.ended = new Promise((resolve) => {
      socket.once('close', () => {
        this.#log('disconnect', '');
        this.#over.abort();
        void this.#groups.killAll().then(resolve);
      });
    });
    void this.#serve();
  }

  get authenticated(): boolean {
    return this.#authenticated;
  }

  /** Ends the connection now: with a FIN, or a RST. */
  cut(how: 'close' | 'reset'): void {
    if (how === 'reset') this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }

  /** Stops reading: the client's writes pile up and its requests stay unanswered. */
  stall(): void {
    this.#stalled = true;
    this.#socket.pause();
  }

  unstall(): void {
    this.#stalled = false;
    this.#socket.resume();
  }

  async #serve(): Promise<void> {
    const { faults, hostKey, ident, authBanner } = this.#settings;
    if (faults.bannerDelay > 0) await pause(faults.bannerDelay, this.#over.signal);
    if (this.#over.signal.aborted) return;
    const server = new ssh2.Server(
      {
        hostKeys: [hostKey],
        ident,
        keepaliveInterval: NEVER,
        ...(faults.preamble === '' ? {} : { greeting: faults.preamble }),
        ...(authBanner === undefined ? {} : { banner: authBanner }),
      },
      (connection) => this.#accept(connection),
    );
    server.injectSocket(this.#socket);
    // ssh2 begins to read by itself, a little later.
    if (this.#stalled) this.#socket.on('resume', () => this.#stalled && this.#socket.pause());
  }

  #accept(connection: Connection): void {
    const { faults, credentials, environment } = this.#settings;
    const { signal } = this.#over;
    const authenticator = new Authenticator(credentials);
    let { username } = credentials;
    let refused = 0;
    // A client that speaks nonsense or hangs up early is no concern of the host's.
    connection.on('error', () => {});

    const judge = async (context: AuthContext): Promise<void> => {
      if (faults.authDelay > 0) await pause(faults.authDelay, signal);
      // What was sent before the client heard that it is shown out is not answered.
      if (signal.aborted || refused >= credentials.maxAuthTries) return;
      username = context.username;
      const verdict = await authenticator.answer(context, faults.refuseAuth);
      this.#log('auth', `${context.username} ${context.method} ${verdict}`);
      // Asking with `none` which methods there are is no attempt (RFC 4252 §5.2).
      if (verdict === 'refused' && context.method !== 'none') refused += 1;
      if (refused >= credentials.maxAuthTries) connection.end();
    };
    connection.on('authentication', (context) => void judge(context));

    connection.on('ready', () => {
      this.#authenticated = true;
      mendRekeying(connection);
      this.#log('ready', username);
    });

    connection.on('session', (accept, reject) => {
      if (this.#sessions >= faults.maxSessions) {
        this.#log('refused', 'session');
        reject();
        return;
      }
      this.#sessions += 1;
      const session = accept();
      session.once('close', () => {
        this.#sessions -= 1;
      });
      serveSession(session, {
        settings: { ...this.#settings, environment: { ...environment, USER: username, LOGNAME: username } },
        groups: this.#groups,
        signal,
        // A command that writes on may ask for it again and again.
        drop: () => {
          if (!this.#socket.writableEnded) this.#socket.destroySoon();
        },
        log: (what, detail) => this.#log(what, detail),
      });
    });

    connection.on('tcpip', (accept, reject, { destIP: host, destPort: port }) => {
      this.#log('dial', `${host}:${port}`);
      if (faults.refuseDial) reject();
      else dialLoopback({ host, port, accept, reject, signal });
    });
  }

  #log(what: HostLogEntry['what'], detail: string): void {
    this.#settings.log.add({ connection: this.#ordinal, what, detail });
  }
}
