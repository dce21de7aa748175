import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** Never reached: what is written is bounded by the windows of HTTP/2. */
const NO_LIMIT = 2 ** 30;

/**
 * A socket that is done with whatever is written to it at once, and keeps what does not go out yet.
 *
 * While Node's HTTP/2 waits for a write to come to its end it reads nothing. Where both sides have more under way than the
 * system keeps for a Unix socket (208 KiB on Linux, 8 KiB on macOS), each would wait for the other for ever. One side that never
 * waits is enough.
 */
export class PatientSocket extends Duplex {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    super({ writableHighWaterMark: NO_LIMIT });
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) socket.pause();
    });
    socket.once('end', () => this.push(null));
    socket.once('error', (error) => this.destroy(error));
    socket.once('close', () => this.destroy());
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#socket.write(chunk);
    done();
  }

  override _writev(chunks: { readonly chunk: Buffer }[], done: () => void): void {
    this.#socket.cork();
    for (const { chunk } of chunks) this.#socket.write(chunk);
    this.#socket.uncork();
    done();
  }

  override _final(done: () => void): void {
    this.#socket.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}
