import type { ServerChannel, Session } from 'ssh2';
import { Mutex } from '../core/mutex.js';

/**
 * ssh2 1.17's server refuses every request on a channel whose client has sent EOF, signals too. sshd goes on (RFC 4254
 * §5.3: a channel stays open after EOF), so the mark is taken off again.
 */
export function allowRequestsAfterEof(session: Session): void {
  session.on('eof', () => Reflect.set(session, '_ending', false));
}

/**
 * ssh2 1.17's server closes a channel as soon as it has sent all that it has to send. The other direction stays open until
 * its end (RFC 4254 §5.3), as sshd has it. What is returned closes the channel whatever is still to come.
 */
export function keepAfterEof(channel: ServerChannel): () => void {
  const { close } = channel;
  channel.close = () => {
    const incoming: unknown = Reflect.get(channel, 'incoming');
    if (Reflect.get(Object(incoming), 'state') !== 'open') close.call(channel);
  };
  return () => close.call(channel);
}

/** What ssh2 1.17 keeps of a write that the window did not take, and never forgets. */
const LEFTOVERS = ['_chunk', '_chunkcb', '_chunkErr', '_chunkcbErr'];

/**
 * Writes to a channel's stdout and stderr in turn. ssh2 1.17 never forgets a chunk that once had to wait for the
 * window: when the other stream waits later, it sends that chunk a second time. One write at a time, and a clean
 * slate after each, keeps the streams as they were written.
 */
export class ChannelOutput {
  readonly #channel: ServerChannel;
  readonly #turn = new Mutex();

  constructor(channel: ServerChannel) {
    this.#channel = channel;
  }

  /** Resolves when the client's window has taken all of it; never, where the channel closes first. */
  write(to: 'stdout' | 'stderr', chunk: Uint8Array): Promise<void> {
    const stream = to === 'stdout' ? this.#channel : this.#channel.stderr;
    return this.#turn.runExclusive(async () => {
      await new Promise<void>((resolve) => {
        stream.write(chunk, () => resolve());
      });
      for (const name of LEFTOVERS) Reflect.set(this.#channel, name, undefined);
    });
  }
}
