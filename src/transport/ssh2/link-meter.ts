import type { Link } from './link.js';

/** Counts what passes over a link, both ways, without touching it. */
export class LinkMeter {
  readonly #link: Link;
  readonly #onData: (chunk: Buffer) => void;

  constructor(link: Link, passed: (bytes: number, incoming: boolean) => void) {
    this.#link = link;
    let written = writtenTo(link);
    this.#onData = (chunk) => {
      // Whoever writes much also hears much (window adjustments), so that it is enough to look when something comes.
      const now = writtenTo(link);
      passed(chunk.length + now - written, true);
      written = now;
    };
    // Before those who may give the chunk's memory back.
    link.prependListener('data', this.#onData);
  }

  stop(): void {
    this.#link.off('data', this.#onData);
  }
}

/** Sockets count what is written to them; a channel of another session is counted by that session. */
function writtenTo(link: Link): number {
  const count: unknown = Reflect.get(link, 'bytesWritten');
  return typeof count === 'number' ? count : 0;
}
