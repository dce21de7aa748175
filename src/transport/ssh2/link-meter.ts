import type { Link } from './link.js';

/** Counts what passes over a link, both ways, without changing it. */
export class LinkMeter {
  readonly #link: Link;
  readonly #onData: (chunk: Buffer) => void;
  #received: number;
  /** What was written to a link that does not count it. */
  #written = 0;

  constructor(link: Link, passed: (bytes: number) => void) {
    this.#link = link;
    this.#received = countOf(link, 'bytesRead') ?? 0;
    if (countOf(link, 'bytesWritten') === undefined) this.#countWrites();
    let sent = this.sent;
    this.#onData = (chunk) => {
      this.#received += chunk.length;
      // Whoever writes much also hears much (window adjustments), so that it is enough to look when something comes.
      const now = this.sent;
      passed(chunk.length + now - sent);
      sent = now;
    };
    // Before those who may give the chunk's memory back.
    link.prependListener('data', this.#onData);
  }

  /** In bytes, as {@link received}. */
  get sent(): number {
    return countOf(this.#link, 'bytesWritten') ?? this.#written;
  }

  get received(): number {
    return this.#received;
  }

  stop(): void {
    this.#link.off('data', this.#onData);
  }

  /** A command's pipes, or a channel of the hop before. */
  #countWrites(): void {
    const { write } = this.#link;
    this.#link.write = (data: unknown, ...args: unknown[]): boolean => {
      if (Buffer.isBuffer(data)) this.#written += data.length;
      return Reflect.apply(write, this.#link, [data, ...args]);
    };
  }
}

/** Sockets count what passes over them. */
function countOf(link: Link, name: 'bytesRead' | 'bytesWritten'): number | undefined {
  const count: unknown = Reflect.get(link, name);
  return typeof count === 'number' ? count : undefined;
}
