import type { Writable } from 'node:stream';
import type { Link } from './link.js';

/** How much of what was encrypted may wait for the link, in bytes: enough that the link never has to wait for more. */
const MOST_WAITING = 128 * 1024;

/**
 * Lets channels write no faster than the link sends. ssh2 encrypts whatever the windows of its channels allow, 2 MiB for
 * each, and has it wait before the socket: memory, and time for which whatever else is sent has to wait behind it.
 */
export class LinkPace {
  readonly #link: Link;
  #waiting: (() => void)[] = [];

  constructor(link: Link) {
    this.#link = link;
    const goOn = (): void => {
      for (const done of this.#waiting.splice(0)) done();
    };
    link.on('drain', goOn);
    // What is written to a link that has gone fails by itself.
    link.on('close', goOn);
  }

  /** Whoever writes to this channel waits for the link. */
  hold(channel: Writable): void {
    const { _write } = channel;
    channel._write = (chunk, encoding, done) => {
      _write.call(channel, chunk, encoding, (error) => {
        if (error || this.#link.destroyed || this.#link.writableLength < MOST_WAITING) done(error);
        else this.#waiting.push(done);
      });
    };
  }
}
