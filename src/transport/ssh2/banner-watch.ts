import type { Duplex } from 'node:stream';
import { ConnectError, ThrottledError } from '../../core/errors.js';
import { visible } from '../../core/visible.js';

/** A server may say other lines before its version (RFC 4253 §4.2); past this many bytes it is no SSH server. */
const LONGEST_PREAMBLE = 32 * 1024;

/**
 * What OpenSSH sends in place of its version when it turns a client away: past `MaxStartups`, and for an address that
 * `PerSourcePenalties` or `PerSourceMaxStartups` holds off (sshd_config(5)).
 */
const TURNED_AWAY = /^(Exceeded MaxStartups|Not allowed at this time|.*too many (connections|sessions))/im;

/**
 * Watches the first bytes of a server, until its version line has come: tells a server that is too busy from one that
 * is no SSH server, and bounds what is read of either.
 */
export class BannerWatch {
  #text = '';
  #version: string | undefined;
  readonly #link: Duplex;
  readonly #onVersion: (version: string) => void;
  readonly #onFault: (error: ConnectError) => void;
  readonly #who: { readonly host: string; readonly hop: string };

  constructor(
    link: Duplex,
    who: { readonly host: string; readonly hop: string },
    on: { readonly version: (version: string) => void; readonly fault: (error: ConnectError) => void },
  ) {
    this.#link = link;
    this.#who = who;
    this.#onVersion = on.version;
    this.#onFault = on.fault;
    link.on('data', this.#read);
  }

  /** The server's version line, such as `SSH-2.0-OpenSSH_9.2`, once it has come. */
  get version(): string | undefined {
    return this.#version;
  }

  stop(): void {
    this.#link.off('data', this.#read);
  }

  /** The error for a link that ended before the version came. */
  closed(cause?: unknown): ConnectError {
    const { host, hop } = this.#who;
    const said = this.#said();
    const options = { host, hop, cause };
    if (TURNED_AWAY.test(this.#text)) {
      return new ThrottledError(
        `${host} (${hop}) turns new connections away: it said ${said}. Connect to fewer hosts at once ` +
          '(connectConcurrency), or raise MaxStartups in its sshd_config.',
        options,
      );
    }
    return new ConnectError(
      'banner',
      `${host} (${hop}) closed the connection before its SSH version${said === '' ? '' : `, after saying ${said}`}: ` +
        'it may be limiting connections, be starting up, or not be an SSH server.',
      { ...options, retryable: true },
    );
  }

  /** What the server has said so far, for messages: quoted, safe to print, short. */
  #said(): string {
    const line = this.#text.trim().split(/\r?\n/, 1)[0] ?? '';
    return line === '' ? '' : visible(JSON.stringify(line.slice(0, 100)));
  }

  /** What is known while the version has not come yet, for the message of a time limit. */
  get waiting(): string {
    const said = this.#said();
    if (said === '') return 'it said nothing';
    return /(?:^|\n)SSH-[^\n]*$/.test(this.#text)
      ? 'it began its SSH version and did not end it'
      : `it said ${said}, which is not SSH`;
  }

  readonly #read = (chunk: Buffer): void => {
    this.#text += chunk.toString('latin1', 0, LONGEST_PREAMBLE);
    const version = /(?:^|\n)(SSH-[^\r\n]*)\r?\n/.exec(this.#text)?.[1];
    if (version !== undefined) {
      this.#version = version;
      this.stop();
      this.#onVersion(version);
      return;
    }
    const { host, hop } = this.#who;
    if (/^HTTP\//.test(this.#text)) {
      this.#fail(`${host} (${hop}) speaks HTTP, not SSH: is the port right?`);
    } else if (this.#text.length >= LONGEST_PREAMBLE) {
      this.#fail(
        `${host} (${hop}) sent ${LONGEST_PREAMBLE} bytes and no SSH version, starting with ${this.#said()}: ` +
          'is the port right?',
      );
    }
  };

  #fail(message: string): void {
    this.stop();
    this.#onFault(new ConnectError('banner', message, this.#who));
  }
}
