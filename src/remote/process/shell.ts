import { StringDecoder } from 'node:string_decoder';
import { neverAborted, onAbort, throwIfAborted } from '../../core/abort.js';
import { checkTimeout } from '../../core/deadline.js';
import { AbortError, ClosedError, TimeoutError } from '../../core/errors.js';
import { inTime } from '../../core/in-time.js';
import { visible } from '../../core/visible.js';
import type { ExecChannel } from '../../transport/contract.js';
import type { Site } from '../site.js';
import { checkEncoding, checkSize, planPty, type ShellOptions } from './options.js';

/** Past this many characters that nobody has read, the shell is made to wait. */
const MOST_UNREAD = 1024 * 1024;

/** How long a server may take to close a shell's channel, in milliseconds. */
const CLOSE_PATIENCE = 5000;

/** What {@link Shell.expect} found. */
export interface Expected {
  readonly match: RegExpExecArray;
  /** The text before the match. */
  readonly before: string;
}

/** Options of {@link Shell.expect} and {@link Shell.read}. */
export interface ShellWaitOptions {
  readonly signal?: AbortSignal | undefined;
  /** In milliseconds. Default: none. */
  readonly timeout?: number | undefined;
}

/** Checks the options of a shell, and gives the work that opens it. Throws `OptionError` for what cannot be meant. */
export function prepareShell(o: ShellOptions): (site: Site) => Promise<Shell> {
  const pty = planPty(o.pty ?? true);
  const encoding = checkEncoding(o.encoding);
  return async (site) => {
    const channel = await site.transport.shell({ pty, signal: o.signal ?? neverAborted });
    // It was asked for before the abort: nobody wants it any more.
    if (o.signal?.aborted === true) channel.close();
    throwIfAborted(o.signal, `opening a shell on ${site.key}`, site.key);
    return new Shell(site, channel, encoding);
  };
}

/** An interactive shell. What it writes is text that waits until it is read; a shell that is not read has to wait. */
export class Shell implements AsyncDisposable {
  readonly #site: Site;
  readonly #channel: ExecChannel;
  readonly #listeners = new Set<() => void>();
  #unread = '';
  #over = false;
  /** Why the shell ended, where its link was cut. */
  #lost: unknown;
  /** Settles when the shell has ended. */
  readonly ended: Promise<void>;

  /** Made by `connection.shell`. */
  constructor(site: Site, channel: ExecChannel, encoding: BufferEncoding) {
    this.#site = site;
    this.#channel = channel;
    for (const stream of [channel.stdout, channel.stderr]) {
      const decoder = new StringDecoder(encoding);
      const add = (text: string): void => {
        this.#unread += text;
        if (this.#unread.length > MOST_UNREAD) this.#pause();
        this.#tell();
      };
      stream.on('data', (chunk: Buffer) => add(decoder.write(chunk)));
      stream.once('end', () => add(decoder.end()));
    }
    const over = (lost?: unknown): void => {
      this.#over = true;
      this.#lost = lost;
      this.#tell();
    };
    this.ended = channel.exited.then(() => over(), over);
  }

  /** Types text into the shell. Settles when it may take more. */
  write(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#over) {
        reject(this.#lost ?? this.#gone('write'));
        return;
      }
      void this.ended.then(resolve);
      this.#channel.stdin.write(text, () => resolve());
    });
  }

  /**
   * What has come since the last read; waits for something to come. Empty: the shell has ended.
   *
   * @throws TimeoutError with `phase: 'expect'`, AbortError, DisconnectedError when the link was cut.
   */
  async read(o: ShellWaitOptions = {}): Promise<string> {
    return this.#until('output', o, () => (this.#unread === '' ? undefined : this.#take(this.#unread.length)));
  }

  /**
   * Reads until the pattern is found, and takes it and what came before it. A time limit leaves everything unread.
   *
   * @throws TimeoutError with `phase: 'expect'`, AbortError, ClosedError when the shell ends first, DisconnectedError when
   *   its link is cut.
   */
  async expect(pattern: RegExp | string, o: ShellWaitOptions = {}): Promise<Expected> {
    const plain = typeof pattern === 'string' ? new RegExp(pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')) : pattern;
    const search = new RegExp(plain.source, plain.flags.replace(/[gy]/g, ''));
    const found = await this.#until(String(pattern), o, () => {
      const match = search.exec(this.#unread);
      if (match === null) return undefined;
      const before = this.#take(match.index + match[0].length).slice(0, match.index);
      return { match, before };
    });
    if (typeof found === 'string') throw this.#gone(`expect ${String(pattern)}`);
    return found;
  }

  /** Tells the terminal's new size. */
  resize(size: { readonly columns: number; readonly rows: number }): void {
    checkSize(size);
    this.#channel.resize(size);
  }

  /** Ends the shell as a terminal that hangs up. Idempotent. */
  async close(): Promise<void> {
    this.#resume();
    if (!this.#over) {
      // dropbear answers a close when the process has ended, and hangs up on nobody for it.
      this.#channel.signal('HUP');
      this.#channel.close();
    }
    await inTime(this.ended, CLOSE_PATIENCE);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The text as it comes, until the shell ends. */
  async *[Symbol.asyncIterator](): AsyncGenerator<string, void> {
    for (let text = await this.read(); text !== ''; text = await this.read()) yield text;
  }

  #take(length: number): string {
    const taken = this.#unread.slice(0, length);
    this.#unread = this.#unread.slice(length);
    if (this.#unread.length <= MOST_UNREAD) this.#resume();
    return taken;
  }

  /** Waits until `look` finds something; `''` once the shell has ended and nothing was found. */
  #until<T>(what: string, o: ShellWaitOptions, look: () => T | undefined): Promise<T | ''> {
    const timeout = checkTimeout('timeout', o.timeout);
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      let stop = (): void => {};
      const leave = (): void => {
        this.#listeners.delete(check);
        clearTimeout(timer);
        stop();
      };
      const check = (): void => {
        const found = look();
        if (found === undefined && !this.#over) {
          // What is waited for may be longer than what is kept unread: the wait goes on reading.
          this.#resume();
          return;
        }
        leave();
        if (found === undefined && this.#lost !== undefined) reject(this.#lost);
        else resolve(found ?? '');
      };
      this.#listeners.add(check);
      if (timeout !== undefined) {
        timer = setTimeout(() => {
          leave();
          reject(this.#timedOut(what, timeout));
        }, timeout);
      }
      stop = onAbort(o.signal, () => {
        leave();
        reject(new AbortError(`Aborted by the caller while waiting for ${what} of the shell on ${this.#site.key}.`));
      });
      if (o.signal?.aborted !== true) check();
    });
  }

  #timedOut(what: string, ms: number): TimeoutError {
    const last = visible(this.#unread.slice(-80));
    return new TimeoutError(
      `Timed out after ${ms} ms of waiting for ${what} of the shell on ${this.#site.key}; it ended in ${JSON.stringify(last)}.`,
      { phase: 'expect', ms, host: this.#site.host, key: this.#site.key },
    );
  }

  #gone(doing: string): ClosedError {
    return new ClosedError(`Cannot ${doing}: the shell on ${this.#site.key} has ended.`, {
      host: this.#site.host,
      key: this.#site.key,
    });
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  #pause(): void {
    this.#channel.stdout.pause();
    this.#channel.stderr.pause();
  }

  #resume(): void {
    this.#channel.stdout.resume();
    this.#channel.stderr.resume();
  }
}
