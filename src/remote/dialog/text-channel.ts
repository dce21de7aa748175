import { abortReason } from '../../core/abort.js';
import { DisconnectedError } from '../../core/errors.js';
import { HawserError } from '../../core/hawser-error.js';
import { redact } from '../../core/secret.js';
import { visible } from '../../core/visible.js';
import type { ExecChannel } from '../../transport/contract.js';
import { TerminalText } from './terminal-text.js';
import type { Transcript } from './transcript.js';

/** What nobody reads is kept up to this many characters: the latest ones. */
const MOST_UNREAD = 1024 * 1024;
/** How much of the latest text is looked at for questions. */
const MOST_RECENT = 1024;
/** How much of what was seen an error shows. */
const SHOWN = 120;

/** {@link TextChannel.lastWords} of who said none. */
export const NO_WORDS = 'it wrote nothing';

/** What {@link TextChannel.until} waits for. */
export interface Awaited<Found> {
  /** Looks whether what has come so far ends in what is waited for. */
  look(): Found | undefined;
  /** How long nothing may come for what was found to count, in milliseconds. 0: it counts at once. */
  quiet(found: Found): number;
}

/** A shell's channel as text: what a person at a terminal would see, and what they would type. */
export class TextChannel {
  readonly name: string;
  readonly #channel: ExecChannel;
  readonly #transcript: Transcript | undefined;
  readonly #terminal = new TerminalText();
  /** What was typed and must show nowhere. */
  readonly #secrets = new Set<string>();
  /** Takes the lines of the work that is under way. */
  #sink: ((text: string) => void) | undefined;
  #unread = '';
  #recent = '';
  #changed: () => void = () => {};
  /** Counts what came, so that a silence can be told. */
  #arrivals = 0;
  #over = false;
  #lost: unknown;
  /** Settles when the channel has ended; with the reason where its link was cut. */
  readonly ended: Promise<HawserError>;

  /** @param name what messages call the device. */
  constructor(channel: ExecChannel, name: string, transcript?: Transcript) {
    this.name = name;
    this.#channel = channel;
    this.#transcript = transcript;
    for (const stream of [channel.stdout, channel.stderr]) {
      stream.on('data', (chunk: Buffer) => this.#take(chunk));
    }
    const over = (lost?: unknown): HawserError => {
      this.#over = true;
      this.#lost = lost;
      this.#changed();
      return this.#gone();
    };
    this.ended = channel.exited.then(() => over(), over);
  }

  /** The line that is being written: where prompts and questions are. */
  get line(): string {
    return this.#terminal.line;
  }

  /** The latest text, the line that is being written included: no more than a thousand characters. */
  get recent(): string {
    return this.#recent + this.#terminal.line;
  }

  get over(): boolean {
    return this.#over;
  }

  /** The end of what came, in words that end a message: printable, short, in quotes. */
  get lastWords(): string {
    const text = this.shown(this.recent).trimEnd();
    return text === '' ? NO_WORDS : `the last it wrote was ${JSON.stringify(text.slice(-SHOWN))}`;
  }

  /** Text of the device as a message may show it: printable, and without what was typed as a secret. */
  shown(text: string): string {
    return visible(redact(text, [...this.#secrets]));
  }

  /** Types text. A `secret` is blotted out of everything that is written down. */
  type(text: string, o: { readonly secret?: boolean } = {}): void {
    if (this.#over) throw this.#gone();
    if (o.secret === true) {
      const secret = text.replace(/\r$/, '');
      this.#secrets.add(secret);
      this.#transcript?.hide(secret);
      this.#transcript?.typed('[secret]');
    } else this.#transcript?.typed(visible(text.replace(/\r$/, '')));
    this.#channel.stdin.write(text);
  }

  /** Brings each piece of text that cannot change any more to `sink` from now on; `undefined`: it waits unread. */
  drainTo(sink: ((text: string) => void) | undefined): void {
    this.#sink = sink;
  }

  /** Forgets what came: what is waited for next comes after it. */
  forget(): void {
    this.#unread = '';
    this.takeLine();
  }

  /** Takes the line that is being written, a prompt or a question: what is waited for next comes after it. */
  takeLine(): string {
    this.#recent = '';
    const line = this.#terminal.takeLine();
    if (line !== '') this.#transcript?.received(line);
    return line;
  }

  /** Text that nobody has read, with the line that is being written. */
  get unread(): string {
    return this.#unread + this.#terminal.line;
  }

  /** Takes unread text from its start. */
  read(length: number): string {
    const all = this.unread;
    const own = this.#unread.length;
    if (length > own) {
      // Part of a line that is still being written was read: the rest of it is a line of its own.
      this.takeLine();
      this.#unread = all.slice(length);
    } else this.#unread = this.#unread.slice(length);
    return all.slice(0, length);
  }

  /** Waits until {@link Awaited.look} finds something and it stays so. Throws why the channel ended, or the signal's reason. */
  until<Found>(awaited: Awaited<Found>, signal: AbortSignal): Promise<Found> {
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const leave = (): void => {
        clearTimeout(timer);
        this.#changed = () => {};
        signal.removeEventListener('abort', abort);
        if (!this.#over) this.#channel.rest?.(true);
      };
      const abort = (): void => {
        leave();
        reject(abortReason(signal, `waiting for ${this.name}`, this.name));
      };
      const accept = (found: Found): void => {
        leave();
        resolve(found);
      };
      const check = (): void => {
        clearTimeout(timer);
        const found = awaited.look();
        if (found === undefined) {
          if (this.#over) {
            leave();
            reject(this.#gone());
          }
          return;
        }
        const quiet = this.#over ? 0 : awaited.quiet(found);
        if (quiet === 0) {
          accept(found);
          return;
        }
        const heard = this.#arrivals;
        // A timer may fire before what has long arrived was read: one more turn of the loop reads it.
        timer = setTimeout(
          () => setImmediate(() => heard === this.#arrivals && !signal.aborted && accept(found)),
          quiet,
        );
      };
      if (signal.aborted) {
        abort();
        return;
      }
      signal.addEventListener('abort', abort, { once: true });
      // A command line at its prompt does not keep this process alive; one that is waited for does.
      if (!this.#over) this.#channel.rest?.(false);
      this.#changed = check;
      check();
    });
  }

  /** Hangs up. */
  close(): void {
    this.#transcript?.close();
    this.#channel.close();
  }

  #take(chunk: Buffer): void {
    const text = this.#terminal.push(chunk);
    this.#arrivals += 1;
    if (text !== '') {
      this.#transcript?.received(text);
      this.#recent = (this.#recent + text.slice(-MOST_RECENT)).slice(-MOST_RECENT);
      if (this.#sink === undefined) this.#keep(text);
      else this.#sink(text);
    }
    this.#changed();
  }

  #keep(text: string): void {
    this.#unread += text;
    if (this.#unread.length > 2 * MOST_UNREAD) this.#unread = this.#unread.slice(-MOST_UNREAD);
  }

  #gone(): HawserError {
    if (this.#lost instanceof HawserError) return this.#lost;
    return new DisconnectedError(`${this.name} ended the session; ${this.lastWords}.`, {
      host: this.name,
      cause: this.#lost,
    });
  }
}
