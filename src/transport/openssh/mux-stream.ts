import { Pipes } from '../pipes.js';
import type { MuxClient } from './mux-client.js';

/**
 * A channel of a master as one stream of bytes. It keeps this process alive until `unref`, as a socket does, and closes
 * when the far end has closed it and all was read.
 */
export class MuxStream extends Pipes {
  readonly #client: MuxClient;
  readonly #check: () => Promise<void>;

  /** @param check throws where the master is gone. */
  constructor(client: MuxClient, check: () => Promise<void>) {
    super(client.stdin, client.stdout);
    this.#client = client;
    this.#check = check;
    // Whoever uses it may not listen any more, or not yet: an error that nobody hears would end the process.
    this.on('error', () => {});
    // Nothing is known to write there; unread, it would hold up the end.
    client.stderr.resume();
    const over = (): void => {
      if (this.readableEnded) this.destroy();
      else this.once('end', () => this.destroy());
    };
    client.ended.then(over, over);
  }

  ref(): void {
    this.#client.hold(true);
  }

  unref(): void {
    this.#client.hold(false);
  }

  /** A master that goes ends all its streams in this way: that is no end of data. */
  protected override endOfData(): void {
    this.#check().then(
      () => super.endOfData(),
      (error: Error) => this.destroy(error),
    );
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#client.kill();
    super._destroy(error, done);
  }
}
