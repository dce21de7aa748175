import { finished, Readable } from 'node:stream';
import { OptionError } from '../../core/hawser-error.js';
import type { ExecChannel } from '../../transport/contract.js';
import type { RunningCommand } from './running-command.js';

/** End of input for a terminal: it has no other (termios(3), VEOF). In the middle of a line it takes two. */
const EOT = '\x04';
const LINE_END = 0x0a;

/** What a command is to read. A stream is watched from the start: it may break before the command runs. */
export class Input {
  readonly #source: string | Uint8Array | Readable | undefined;
  /** Settles when a stream has come to its end, with the error where it broke. */
  readonly #over: Promise<Error | undefined> | undefined;

  /** Throws {@link OptionError} for what cannot be read. */
  constructor(source: string | Uint8Array | Readable | undefined) {
    if (!isInput(source)) {
      throw new OptionError('Expected the `input` option to be a string, bytes or a Readable stream.');
    }
    this.#source = source;
    if (!(source instanceof Readable)) return;
    this.#over = new Promise((resolve) => {
      finished(source, { writable: false }, (error) => resolve(error ?? undefined));
    });
  }

  /** Whether it may break while the command reads it. */
  get mayFail(): boolean {
    return this.#source instanceof Readable;
  }

  /**
   * Gives a command its input and then the end of it. `failed` hears of a stream that breaks; a command that ends without
   * reading all of it is fine, and leaves the stream to its owner.
   */
  feed(running: RunningCommand, onTerminal: boolean, failed: (error: Error) => void): void {
    void this.#over?.then((error) => error !== undefined && failed(error));
    if (running.readsAtOnce) this.#start(running, onTerminal);
    else void running.started.then(() => this.#start(running, onTerminal));
  }

  #start(running: RunningCommand, onTerminal: boolean): void {
    const source = this.#source ?? '';
    if (source instanceof Readable) pipe(source, running.channel, onTerminal);
    else if (source.length > 0 || onTerminal) write(Buffer.from(source), running.channel, onTerminal);
    else running.endInput();
  }
}

function write(bytes: Buffer, { stdin }: ExecChannel, onTerminal: boolean): void {
  // A command that has ended already took its stdin with it.
  if (stdin.writableEnded) return;
  if (onTerminal) stdin.write(Buffer.concat([bytes, Buffer.from(endOfTerminal(bytes))]));
  else stdin.end(bytes);
}

function pipe(source: Readable, { stdin, exited }: ExecChannel, onTerminal: boolean): void {
  const stop = (): void => void source.unpipe(stdin);
  exited.then(stop, stop);
  source.pipe(stdin, { end: !onTerminal });
  if (!onTerminal) return;
  let last = Buffer.alloc(0);
  source.on('data', (chunk: Buffer | string) => {
    last = Buffer.from(chunk);
  });
  source.once('end', () => stdin.write(endOfTerminal(last)));
}

function endOfTerminal(sent: Buffer): string {
  return sent.length > 0 && sent.at(-1) !== LINE_END ? EOT + EOT : EOT;
}

function isInput(value: unknown): boolean {
  return value === undefined || typeof value === 'string' || value instanceof Uint8Array || value instanceof Readable;
}
