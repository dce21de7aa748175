import type { Socket } from 'node:net';
import type { Sink } from '../terminal/output.js';
import type { RelayLine, Screen, StreamName } from './relay-lines.js';

/** As much is said in one line, in bytes: far less than a line may have. */
const PIECE = 192 * 1024;

/** As much may be on its way to stdout, in bytes: what a pipe of Linux holds, twice (pipe(7)). */
const ROOM = 128 * 1024;

/** A stream of another process, which prints what it is told. */
export class FarSink implements Sink {
  /** What is known of it. */
  screen: Screen;
  readonly #socket: Socket;
  readonly #name: StreamName;
  readonly #listeners: ((error: NodeJS.ErrnoException) => void)[] = [];
  /** How long each line for stdout is that was said and is not out yet, in bytes, and all of them together. */
  readonly #lines: number[] = [];
  #unprinted = 0;
  /** What waits for room. */
  readonly #waiting: (() => void)[] = [];
  #closed = false;

  constructor(socket: Socket, name: StreamName, screen: Screen) {
    this.#socket = socket;
    this.#name = name;
    this.screen = screen;
  }

  get isTTY(): boolean {
    return this.screen.isTTY;
  }

  get columns(): number | undefined {
    return this.screen.columns;
  }

  get rows(): number | undefined {
    return this.screen.rows;
  }

  /** `done` is called when there is room for more, or never will be. */
  write(chunk: string | Uint8Array, done?: (error?: Error | null) => void): boolean {
    if (this.#closed || chunk.length === 0) {
      if (done !== undefined) setImmediate(done);
      return true;
    }
    const bytes =
      typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const lines: string[] = [];
    for (let at = 0; at < bytes.length; at += PIECE) {
      if (this.#name === 'stdout') this.#lines.push(Math.min(PIECE, bytes.length - at));
      const line: RelayLine = { print: this.#name, bytes: bytes.toString('base64', at, at + PIECE) };
      lines.push(`${JSON.stringify(line)}\n`);
    }
    if (this.#name === 'stdout') this.#unprinted += bytes.length;
    if (this.#unprinted <= ROOM) return this.#socket.write(lines.join(''), done);
    if (done !== undefined) this.#waiting.push(done);
    return this.#socket.write(lines.join(''));
  }

  on(_event: 'error', listener: (error: NodeJS.ErrnoException) => void): void {
    this.#listeners.push(listener);
  }

  /** The first line that was said and is not out yet is. */
  printed(): void {
    this.#unprinted -= this.#lines.shift() ?? 0;
    if (this.#unprinted <= ROOM) this.#release();
  }

  /** It cannot be written to any more, as if its reader had gone. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const error: NodeJS.ErrnoException = Object.assign(new Error('it cannot be written to'), { code: 'EPIPE' });
    for (const listener of this.#listeners) listener(error);
    this.#release();
  }

  #release(): void {
    for (const done of this.#waiting.splice(0)) done();
  }
}
