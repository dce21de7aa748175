import type { Socket } from 'node:net';
import type { Sink } from '../terminal/output.js';
import type { RelayLine, Screen, StreamName } from './relay-lines.js';

/** As much is said in one line, in bytes: far less than a line may have. */
const PIECE = 192 * 1024;

/** A stream of another process, which prints what it is told. */
export class FarSink implements Sink {
  /** What is known of it. */
  screen: Screen;
  readonly #socket: Socket;
  readonly #name: StreamName;
  readonly #listeners: ((error: NodeJS.ErrnoException) => void)[] = [];

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

  /** `done` is called when the other process has it, or never will. */
  write(chunk: string | Uint8Array, done?: (error?: Error | null) => void): boolean {
    const bytes = Buffer.from(chunk);
    const lines: string[] = [];
    for (let at = 0; at < bytes.length; at += PIECE) {
      const line: RelayLine = { print: this.#name, bytes: bytes.toString('base64', at, at + PIECE) };
      lines.push(`${JSON.stringify(line)}\n`);
    }
    return this.#socket.write(lines.join(''), done);
  }

  on(_event: 'error', listener: (error: NodeJS.ErrnoException) => void): void {
    this.#listeners.push(listener);
  }

  /** It cannot be written to any more, as if its reader had gone. */
  close(): void {
    const error: NodeJS.ErrnoException = Object.assign(new Error('it cannot be written to'), { code: 'EPIPE' });
    for (const listener of this.#listeners) listener(error);
  }
}
