import type { Duplex } from 'node:stream';
import { joined, lengthOf, onlyFirst, withoutFirst } from '../pieces.js';

/**
 * How much of a payload is sent together with what stands before it, in bytes: one packet of SSH. A packet costs far
 * more than a copy of its bytes.
 */
const FIRST_BLOCK = 32 * 1024;

/** Small requests of one turn of the event loop go out together, up to about this many bytes. */
const TOGETHER = 16 * 1024;

/** Sends requests over a stream in as few writes as can be. */
export class Outbox {
  readonly #stream: Duplex;
  #packets: Buffer[] = [];
  #length = 0;
  #closed = false;
  #waiting: (() => void)[] = [];

  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on('drain', () => this.#release());
  }

  /** Whether more should not be sent before {@link drained}: the stream has as much as it takes. */
  get congested(): boolean {
    return !this.#closed && this.#stream.writableNeedDrain;
  }

  /** Settles when the stream takes more, or nothing is sent any more. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      if (this.congested) this.#waiting.push(resolve);
      else resolve();
    });
  }

  /** Sends a packet with the others of this turn of the event loop. */
  send(packet: Buffer): void {
    if (this.#length === 0) process.nextTick(() => this.#flush());
    this.#packets.push(packet);
    this.#length += packet.length;
    if (this.#length >= TOGETHER) this.#flush();
  }

  /** Sends a packet whose end is `payload`, which is not copied but for its beginning. */
  sendWith(head: Buffer, payload: readonly Buffer[]): void {
    // What was asked before has to go before.
    this.#flush();
    if (this.#closed) return;
    const first = Math.max(0, FIRST_BLOCK - head.length);
    this.#stream.write(Buffer.concat([head, ...onlyFirst(payload, first)]));
    const rest = withoutFirst(payload, first);
    const small = rest.length > 1 && lengthOf(rest) / rest.length < TOGETHER;
    for (const piece of small ? [joined(rest)] : rest) this.#stream.write(piece);
  }

  /** Sends nothing more. */
  close(): void {
    this.#closed = true;
    this.#packets = [];
    this.#length = 0;
    this.#release();
  }

  #flush(): void {
    if (this.#length === 0) return;
    const packets = this.#packets;
    this.#packets = [];
    this.#length = 0;
    this.#stream.write(joined(packets));
  }

  #release(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
