import { whyUnwritable } from './why-unwritable.js';

/** What {@link Output} needs of a stream such as `process.stdout`. */
export interface Sink {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  write(chunk: string | Uint8Array, done?: (error?: Error | null) => void): boolean;
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
}

type Name = 'stdout' | 'stderr';

interface Piece {
  readonly name: Name;
  readonly chunk: string | Uint8Array;
}

/** How much is gathered before it is written without waiting for the end of the turn. */
const GATHERED = 64 * 1024;

/** Takes away what {@link Output.status} shows: the cursor stands behind its last line (ECMA-48 §8.3.22, §8.3.39). */
function cleared(shown: string): string {
  const above = shown.split('\n').length - 1;
  return above === 0 ? '\r\u001b[K' : `\r\u001b[${above}A\u001b[J`;
}

/**
 * Everything that the command line prints: gathered over one turn of the event loop, written in as few writes as there
 * are changes between stdout and stderr, and in the order in which it was said. A status line on stderr is taken away
 * before and put back after.
 *
 * A reader that has gone (`| head`) is no error: {@link closed} says so and `onClosed` is called, once. So they do where
 * stdout cannot be written to (a disk that is full), and {@link failure} says why.
 */
export class Output {
  readonly #sinks: Readonly<Record<Name, Sink>>;
  readonly #closed = new Set<Name>();
  #pieces: Piece[] = [];
  #size = 0;
  #scheduled = false;
  #pending = 0;
  #idle: (() => void)[] = [];
  #status = '';
  #shown = '';
  #held = 0;
  #onClosed: (() => void) | undefined;
  #failure: string | undefined;

  constructor(stdout: Sink, stderr: Sink) {
    this.#sinks = { stdout, stderr };
    stdout.on('error', (error) => this.#close('stdout', error));
    stderr.on('error', (error) => this.#close('stderr', error));
  }

  /** Whether stdout is a terminal: what untrusted text must be made safe for. */
  get isTerminal(): boolean {
    return this.#sinks.stdout.isTTY === true;
  }

  /** Whether stderr is a terminal: where a status line makes sense. */
  get isStatusTerminal(): boolean {
    return this.#sinks.stderr.isTTY === true;
  }

  /** The width of the terminal, 80 where there is none or it does not say (by 0). */
  get columns(): number {
    return this.#sinks.stdout.columns || this.#sinks.stderr.columns || 80;
  }

  /** The height of the terminal that the status is on, 24 where it does not say. */
  get rows(): number {
    return this.#sinks.stderr.rows || 24;
  }

  /** Whether nothing can be said on stdout any more. */
  get closed(): boolean {
    return this.#closed.has('stdout');
  }

  /** Why stdout could not be written to, in words; `undefined` where it could, or its reader has gone. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Called once when the reader of stdout goes, or it cannot be written to. */
  set onClosed(listener: () => void) {
    this.#onClosed = listener;
    if (this.closed) listener();
  }

  /** Says something on stdout. */
  write(chunk: string | Uint8Array): void {
    this.#gather({ name: 'stdout', chunk });
  }

  /** Says something on stderr. */
  note(chunk: string | Uint8Array): void {
    this.#gather({ name: 'stderr', chunk });
  }

  /**
   * Shows `text` as the last line of the terminal, in place of the one before; `''` for none. It may have several lines,
   * none wider and all together no higher than the terminal.
   */
  status(text: string): void {
    if (text === this.#status) return;
    this.#status = text;
    this.#schedule();
  }

  /** Keeps everything back while somebody is asked something; returns the way to go on. */
  hold(): () => void {
    if (this.#shown !== '') this.#send('stderr', cleared(this.#shown));
    this.#shown = '';
    this.#held += 1;
    return () => {
      this.#held -= 1;
      this.flush();
      this.#wake();
    };
  }

  /** Writes what was gathered. */
  flush(): void {
    this.#scheduled = false;
    if (this.#held > 0) return;
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#size = 0;
    if (pieces.length === 0) {
      // In one write: what is redrawn many times a second must not flicker.
      const redrawn =
        this.#status === this.#shown ? '' : `${this.#shown === '' ? '' : cleared(this.#shown)}${this.#status}`;
      this.#shown = this.#status;
      if (redrawn !== '') this.#send('stderr', redrawn);
      return;
    }
    // What goes elsewhere than to a terminal does not disturb the status line.
    const disturbed = this.#status !== this.#shown || pieces.some(({ name }) => this.#sinks[name].isTTY === true);
    if (disturbed && this.#shown !== '') this.#send('stderr', cleared(this.#shown));
    for (let at = 0; at < pieces.length; ) {
      const { name } = pieces[at] ?? { name: 'stdout' as const };
      const chunks: (string | Uint8Array)[] = [];
      for (; pieces[at]?.name === name; at += 1) chunks.push(pieces[at]?.chunk ?? '');
      this.#send(name, joined(chunks));
    }
    if (disturbed && this.#status !== '') this.#send('stderr', this.#status);
    if (disturbed) this.#shown = this.#status;
  }

  /** Waits until so little is unwritten that more may be said: how a slow reader slows down what is read from hosts. */
  async ready(): Promise<void> {
    if (this.#pending === 0 && this.#held === 0) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Writes everything and waits until it has left. The status line goes. */
  async finish(): Promise<void> {
    this.#status = '';
    this.flush();
    await this.ready();
  }

  #gather(piece: Piece): void {
    if (this.#closed.has(piece.name) || piece.chunk.length === 0) return;
    this.#pieces.push(piece);
    this.#size += piece.chunk.length;
    if (this.#size >= GATHERED) this.flush();
    else this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      if (this.#scheduled) this.flush();
    });
  }

  #send(name: Name, chunk: string | Uint8Array): void {
    if (this.#closed.has(name)) return;
    this.#pending += 1;
    this.#sinks[name].write(chunk, (error) => {
      if (error) this.#close(name, error);
      this.#pending -= 1;
      this.#wake();
    });
  }

  #wake(): void {
    if (this.#pending > 0 || this.#held > 0) return;
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }

  #close(name: Name, error: NodeJS.ErrnoException): void {
    if (this.#closed.has(name)) return;
    this.#closed.add(name);
    if (name !== 'stdout') return;
    this.#failure = whyUnwritable(error);
    this.#onClosed?.();
  }
}

function joined(chunks: readonly (string | Uint8Array)[]): string | Uint8Array {
  if (chunks.every((chunk) => typeof chunk === 'string')) return chunks.join('');
  return Buffer.concat(chunks.map((chunk) => (typeof chunk === 'string' ? Buffer.from(chunk) : chunk)));
}
