import { type Duplex, PassThrough, Readable, Writable } from 'node:stream';
import type { HawserError } from '../../core/hawser-error.js';
import type { ExecChannel, ExitStatus, Pty } from '../contract.js';
import { holdProcess } from '../hold-process.js';
import { Negotiation } from './negotiation.js';
import { Command, Option } from './telnet-codes.js';
import { encodeCommand, encodeNegotiation, encodeSubnegotiation, encodeText } from './telnet-encoder.js';
import { type TelnetEvent, TelnetParser } from './telnet-parser.js';

/** How much may lie unread before the far side is read no further, in bytes. */
const MOST_UNREAD = 64 * 1024;

/** How much of our answers may be unsent before no more is read that would have to be answered, in bytes. */
const MOST_UNSENT = 16 * 1024;

/** What the first byte of a TERMINAL-TYPE subnegotiation says (RFC 1091): here is the name, and: tell me the name. */
const IS = 0;
const SEND = 1;

/** The signals that telnet has a command for (RFC 854, "STANDARD REPRESENTATION OF CONTROL FUNCTIONS"). */
const SIGNALS: Readonly<Record<string, number>> = { INT: Command.IP, BREAK: Command.BRK };

/**
 * The terminal at the other end of a telnet connection: one text in each direction, with the protocol's commands taken
 * out and our answers put in between.
 *
 * The end of `stdin` is not told, since telnet has no word for it: the far side ends the session, or {@link close} does.
 * It tells no exit status. What it has to say comes in `stdout` alone.
 */
export class TelnetShell implements ExecChannel {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<ExitStatus>;
  readonly #link: Duplex;
  readonly #parser = new TelnetParser();
  readonly #negotiation: Negotiation;
  readonly #terminal: string;
  readonly #onClose: () => void;
  #size: { readonly columns: number; readonly rows: number };
  /** Commands that are due: those to what came in one piece go in one write. */
  #due: Buffer[] = [];
  #reading = false;
  #full = false;
  #unsent = 0;
  #settle: (outcome: ExitStatus | HawserError) => void = () => {};

  /**
   * @param link of which nothing has been read yet. It is the shell's own from here on.
   * @param onClose is called when {@link close} is.
   */
  constructor(link: Duplex, pty: Pty | undefined, onClose: () => void) {
    this.#link = link;
    this.#onClose = onClose;
    this.#negotiation = new Negotiation(pty !== undefined);
    this.#terminal = pty?.term ?? '';
    this.#size = { columns: pty?.columns ?? 0, rows: pty?.rows ?? 0 };
    this.stdout = new Readable({ read: () => this.#regulate({ full: false }), highWaterMark: MOST_UNREAD });
    const stderr = new PassThrough();
    stderr.end();
    this.stderr = stderr;
    this.stdin = new Writable({
      write: (chunk: Buffer, _encoding, done) => void link.write(this.#encode(chunk), done),
      writev: (chunks, done) => {
        const bytes = chunks.map(({ chunk }: { chunk: Buffer }) => this.#encode(chunk));
        link.write(Buffer.concat(bytes), done);
      },
    });
    // The end of the link tells: a writer who is told "write after end" of it is no crash.
    this.stdin.on('error', () => {});
    this.exited = new Promise((resolve, reject) => {
      this.#settle = (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome));
    });
    this.exited.catch(() => {});

    link.on('data', (chunk: Buffer) => this.#receive(chunk));
    // A far side that says no more has hung up: telnet knows no session in one direction.
    link.once('end', () => link.destroy());
    link.once('close', () => this.#finish());
  }

  /** `'INT'` interrupts what runs, as the far side's terminal would, and `'BREAK'` is a break; others cannot be sent. */
  signal(name: string): void {
    const code = SIGNALS[name];
    if (code !== undefined) this.#send(encodeCommand(code));
  }

  resize(size: { readonly columns: number; readonly rows: number }): void {
    this.#size = size;
    this.#tellSize();
  }

  rest(resting: boolean): void {
    holdProcess(this.#link, !resting);
  }

  close(): void {
    this.#settle({ missing: true });
    this.stdin.destroy();
    this.stdout.destroy();
    this.#link.destroy();
    this.#onClose();
  }

  /** The link is gone: whoever waits for the end hears why. What has arrived can still be read. */
  lost(reason: HawserError): void {
    this.#settle(reason);
  }

  #encode(chunk: Buffer): Buffer {
    return encodeText(chunk, this.#negotiation.has('ours', Option.BINARY));
  }

  #receive(chunk: Buffer): void {
    let full = false;
    this.#reading = true;
    for (const event of this.#parser.parse(chunk)) {
      if (event.type !== 'data') {
        this.#answer(event);
        continue;
      }
      // Whoever reads it may write at once, as is agreed by now: the far side hears of that first.
      this.#flush();
      // Where nobody reads any more, the text is dropped, and the protocol goes on.
      if (!this.stdout.destroyed) full = !this.stdout.push(event.bytes);
    }
    this.#reading = false;
    this.#flush();
    if (full) this.#regulate({ full });
  }

  #answer(event: Exclude<TelnetEvent, { type: 'data' }>): void {
    if (event.type === 'negotiate') {
      const answer = this.#negotiation.hear(event.verb, event.option);
      this.#parser.binary = this.#negotiation.has('theirs', Option.BINARY);
      if (answer === undefined) return;
      this.#send(encodeNegotiation(answer, event.option));
      if (answer === Command.WILL && event.option === Option.WINDOW_SIZE) this.#tellSize();
    } else if (event.type === 'subnegotiation' && event.option === Option.TERMINAL_TYPE && event.payload[0] === SEND) {
      if (!this.#negotiation.has('ours', Option.TERMINAL_TYPE)) return;
      this.#send(encodeSubnegotiation(event.option, Buffer.concat([Buffer.of(IS), Buffer.from(this.#terminal)])));
    }
  }

  #tellSize(): void {
    if (!this.#negotiation.has('ours', Option.WINDOW_SIZE)) return;
    const payload = Buffer.alloc(4);
    payload.writeUInt16BE(Math.min(this.#size.columns, 0xffff), 0);
    payload.writeUInt16BE(Math.min(this.#size.rows, 0xffff), 2);
    this.#send(encodeSubnegotiation(Option.WINDOW_SIZE, payload));
  }

  #send(bytes: Buffer): void {
    this.#due.push(bytes);
    if (!this.#reading) this.#flush();
  }

  #flush(): void {
    if (this.#due.length === 0) return;
    const bytes = Buffer.concat(this.#due);
    this.#due = [];
    if (!this.#link.writable) return;
    this.#unsent += bytes.length;
    this.#link.write(bytes, () => {
      this.#unsent -= bytes.length;
      this.#regulate({});
    });
    this.#regulate({});
  }

  /** Reads on when there is room: for the text with its reader, and for answers on the way out. */
  #regulate({ full = this.#full }: { readonly full?: boolean }): void {
    this.#full = full;
    if (full || this.#unsent > MOST_UNSENT) this.#link.pause();
    else this.#link.resume();
  }

  #finish(): void {
    const { stdout } = this;
    this.stdin.destroy();
    const over = (): void => this.#settle({ missing: true });
    if (stdout.destroyed || stdout.readableEnded) {
      over();
      return;
    }
    stdout.once('close', over);
    stdout.push(null);
  }
}
