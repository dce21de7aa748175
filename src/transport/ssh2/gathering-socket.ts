import { Socket } from 'node:net';

/**
 * A TCP socket that sends what is written in one turn of the event loop with one system call. ssh2 writes each packet
 * in three pieces (RFC 5647 §7.3: length, data, tag), which without Nagle's algorithm were three segments, and calls.
 */
export class GatheringSocket extends Socket {
  #gathering = false;

  override write(chunk: Uint8Array | string, ...rest: unknown[]): boolean {
    if (!this.#gathering) {
      this.#gathering = true;
      this.cork();
      process.nextTick(() => {
        this.#gathering = false;
        this.uncork();
      });
    }
    return Reflect.apply(super.write, this, [chunk, ...rest]);
  }
}
