import ssh2, { type Client, type ConnectConfig } from 'ssh2';
import { onAbort } from '../../core/abort.js';
import type { ConnectTrace } from '../../core/diagnostics.js';
import { ConnectError, type ConnectPhase } from '../../core/errors.js';
import { HawserError } from '../../core/hawser-error.js';
import { visible } from '../../core/visible.js';
import { hopName } from '../hop-name.js';
import { offer } from './algorithms.js';
import { Authentication } from './authentication.js';
import { BannerWatch } from './banner-watch.js';
import type { SshEndpoint } from './endpoint.js';
import { onAuthFailure } from './internals.js';
import type { Link } from './link.js';
import type { SshContext } from './ssh-context.js';

/** An error as ssh2 emits them: `level` says in which part of it. */
type Ssh2Error = Error & { readonly level?: string };

/** Options of {@link handshake}. */
export interface HandshakeOptions {
  readonly context: SshContext;
  /** Host key types to be offered first. */
  readonly knownTypes: readonly string[];
  readonly signal: AbortSignal;
  readonly trace: ConnectTrace;
}

/** A session on a link. */
export interface Shaken {
  readonly client: Client;
  /** Whether somebody was asked for something on the way in, or may be on the way to another session. */
  readonly asks: boolean;
}

/**
 * Makes an SSH session on a link: version exchange, key exchange, the check of the host key, authentication. Dialling is
 * not its business, so any stream will do. On failure the link is destroyed and the error names the phase.
 */
export function handshake(link: Link, endpoint: SshEndpoint, o: HandshakeOptions): Promise<Shaken> {
  return new Handshake(link, endpoint, o).run();
}

class Handshake {
  readonly #link: Link;
  readonly #endpoint: SshEndpoint;
  readonly #options: HandshakeOptions;
  readonly #hop: string;
  readonly #client: Client = new ssh2.Client();
  readonly #authentication: Authentication;
  readonly #banner: BannerWatch;
  #phase: ConnectPhase = 'banner';
  /** The first cause of death: what follows it is consequence. */
  #fault: Error | undefined;
  #done: (error?: Error) => void = () => {};

  constructor(link: Link, endpoint: SshEndpoint, o: HandshakeOptions) {
    this.#link = link;
    this.#endpoint = endpoint;
    this.#options = o;
    this.#hop = hopName(endpoint);
    this.#authentication = new Authentication(endpoint, o.context.identities);
    this.#banner = new BannerWatch(
      link,
      { host: endpoint.name, hop: this.#hop },
      {
        version: (version) => {
          this.#step('banner', visible(version));
          this.#enter('kex');
        },
        fault: (error) => this.#fail(error),
      },
    );
  }

  async run(): Promise<Shaken> {
    const { signal } = this.#options;
    const stop = onAbort(signal, () => this.#fail(signal.reason));
    const client = this.#client;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#done = (error) => (error === undefined ? resolve() : reject(error));
        if (this.#fault !== undefined) {
          reject(this.#fault);
          return;
        }
        this.#enter('banner');
        this.#listen();
        client.connect(this.#config());
        onAuthFailure(client, (methods, partial) => this.#authentication.failed(methods, partial));
      });
      // A server may hang up in the very packet after its yes: the session was over before anybody had it.
      if (this.#fault !== undefined) throw this.#fault;
      return { client, asks: this.#authentication.asks || typeof this.#endpoint.hostKey === 'function' };
    } catch (error) {
      this.#link.destroy();
      throw error;
    } finally {
      stop();
      this.#banner.stop();
      client.removeAllListeners();
      // ssh2 may emit a second error after the first; without a listener it would end the process.
      client.on('error', () => {});
    }
  }

  #config(): ConnectConfig {
    const { endpoint, context } = { endpoint: this.#endpoint, context: this.#options.context };
    return {
      sock: this.#link,
      username: endpoint.username,
      readyTimeout: 0,
      keepaliveInterval: 0,
      ...(endpoint.forwardAgent === undefined ? {} : { agent: endpoint.forwardAgent }),
      algorithms: offer(endpoint.algorithms, this.#options.knownTypes, endpoint.name),
      // ssh2 accepts a key unless it is told a literal false, and accepts any where there is no verifier.
      hostVerifier: (key: Buffer, verify: (valid: boolean) => void): void => {
        this.#enter('hostkey');
        const checked = context.hostKeys().then((store) => store.check(endpoint, key));
        checked.then(
          (known) => {
            // The link may have been lost meanwhile: ssh2 has nobody left to answer then, and throws.
            if (this.#fault !== undefined) return;
            this.#step('hostkey', known);
            this.#enter('kex');
            verify(true);
          },
          (error: unknown) => {
            const isOver = this.#fault !== undefined;
            this.#fail(error instanceof Error ? error : new Error(String(error)));
            if (!isOver) verify(false);
          },
        );
      },
      authHandler: (_methods, _partial, callback) => {
        this.#authentication.next().then(
          (method) => {
            if (method === false) this.#fail(this.#authentication.error());
            // ssh2's types know of no "false" here, which is its word for "nothing left".
            else if (this.#fault === undefined) callback(method);
          },
          (error: unknown) => this.#fail(error instanceof Error ? error : new Error(String(error))),
        );
      },
    };
  }

  #listen(): void {
    const client = this.#client;
    client.once('handshake', (negotiated) => {
      this.#step('kex', `${negotiated.kex} ${negotiated.cs.cipher}`);
      this.#enter('auth');
    });
    client.once('ready', () => {
      this.#step('auth', this.#authentication.accepted());
      this.#done();
    });
    client.on('change password', () => {
      this.#fail(this.#authentication.error('the server wants the password to be changed: log in once by hand'));
    });
    client.on('error', (error: Ssh2Error) => {
      if (error.level === 'agent') this.#authentication.trouble(error.message);
      else this.#fail(this.#explain(error));
    });
    client.once('end', () => this.#fail(this.#ended()));
    client.once('close', () => this.#fail(this.#ended()));
  }

  #enter(phase: ConnectPhase): void {
    this.#phase = phase;
    const { trace } = this.#options;
    trace.enter({ hop: this.#hop, phase, ...(phase === 'banner' ? { note: () => this.#banner.waiting } : {}) });
  }

  #step(phase: ConnectPhase, detail: string): void {
    this.#options.trace.step(this.#hop, phase, detail);
  }

  #fail(error: Error): void {
    if (this.#fault !== undefined) return;
    this.#fault = error;
    this.#link.destroy();
    this.#done(error);
  }

  /** ssh2's error, said in our words, with the phase in which it happened. */
  #explain(error: Ssh2Error): Error {
    if (error instanceof HawserError) return error;
    if (this.#phase === 'banner') return this.#banner.closed(error);
    if (this.#phase === 'auth') return this.#cutOff(visible(error.message));
    const { name } = this.#endpoint;
    const offers = /no matching/.test(error.message)
      ? ' The server and the ssh transport have no algorithm in common: see `algorithms`, or use the openssh transport.'
      : '';
    const message = `The key exchange with ${name} (${this.#hop}) failed: ${visible(error.message)}.${offers}`;
    const retryable = error.level === 'client-socket';
    return new ConnectError(this.#phase, message, { host: name, hop: this.#hop, retryable, cause: error });
  }

  #ended(): ConnectError {
    if (this.#phase === 'banner') return this.#banner.closed();
    if (this.#phase === 'auth') return this.#cutOff('the server closed the connection');
    const { name } = this.#endpoint;
    return new ConnectError(this.#phase, `${name} (${this.#hop}) closed the connection during the key exchange.`, {
      host: name,
      hop: this.#hop,
      retryable: true,
    });
  }

  /** The server hung up during authentication: for too many failures, or because it went away. */
  #cutOff(why: string): ConnectError {
    if (this.#authentication.begun || /authentication/i.test(why)) return this.#authentication.error(why);
    const { name } = this.#endpoint;
    return new ConnectError('auth', `${name} (${this.#hop}) ended the authentication: ${why}.`, {
      host: name,
      hop: this.#hop,
      retryable: true,
    });
  }
}
