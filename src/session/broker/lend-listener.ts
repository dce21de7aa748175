import type { ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import { AbortError } from '../../core/errors.js';
import { writeLine } from '../../transport/broker/lines.js';
import type { ListenLine } from '../../transport/broker/protocol.js';
import type { Listener } from '../../transport/contract.js';

/** As many connections as may wait to be asked for: one more is turned away. */
const MOST_ARRIVALS = 1000;

/** Connections that a listener has told its client of, by number, until the client asks for them. */
export class Arrivals {
  readonly #waiting = new Map<number, Duplex>();
  #last = 0;

  /** Whether one more is to be turned away. */
  get isFull(): boolean {
    return this.#waiting.size >= MOST_ARRIVALS;
  }

  /** Gives it a number. */
  add(far: Duplex): number {
    this.#last += 1;
    const number = this.#last;
    this.#waiting.set(number, far);
    far.once('close', () => this.#waiting.delete(number));
    return number;
  }

  /** Hands it over, once. */
  take(number: number): Duplex | undefined {
    const far = this.#waiting.get(number);
    this.#waiting.delete(number);
    return far;
  }
}

/**
 * Listens on the far machine for a client, until he ends his side or goes. Throws where the far machine does not listen; nothing
 * has been answered then.
 */
export async function lendListener(
  stream: ServerHttp2Stream,
  arrivals: Arrivals,
  listen: (signal: AbortSignal) => Promise<Listener>,
): Promise<void> {
  const waiting = new AbortController();
  stream.once('close', () => waiting.abort(new AbortError('The client no longer waits for the listener.')));
  const listener = await listen(waiting.signal);
  const own = new Set<number>();
  const say = (line: ListenLine): void => writeLine(stream, line);
  const closed = new Promise<void>((resolve) => listener.once('close', resolve));
  const stop = (): void => void listener.close();
  listener.on('connection', (far) => {
    far.on('error', () => {});
    if (stream.destroyed || arrivals.isFull) {
      far.resume().destroy();
      return;
    }
    const number = arrivals.add(far);
    own.add(number);
    say({ connection: number });
  });
  if (stream.destroyed) stop();
  else {
    stream.respond({ ':status': 200 });
    say({ listening: { port: listener.port ?? null } });
    stream.once('end', stop).once('close', stop).resume();
  }
  await closed;
  stream.end();
  for (const number of own) arrivals.take(number)?.resume().destroy();
}
