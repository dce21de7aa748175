import type { Readable, Writable } from 'node:stream';
import type { MuxSession } from './mux-session.js';

/** What the channels of one master have carried: ssh itself tells how much went over the wire only when it ends. */
export class MuxTally {
  readonly #live = new Set<MuxSession>();
  #sent = 0;
  #received = 0;

  /** Counts what a session carries until it has ended. */
  add(session: MuxSession): void {
    this.#live.add(session);
    const ended = (): void => {
      if (!this.#live.delete(session)) return;
      this.#sent += sentBy(session);
      this.#received += receivedBy(session);
    };
    session.ended.then(ended, ended);
  }

  /** In bytes, as {@link received}. */
  get sent(): number {
    return sum(this.#live, sentBy) + this.#sent;
  }

  get received(): number {
    return sum(this.#live, receivedBy) + this.#received;
  }
}

function sum(sessions: Iterable<MuxSession>, count: (session: MuxSession) => number): number {
  let all = 0;
  for (const session of sessions) all += count(session);
  return all;
}

function sentBy({ stdin }: MuxSession): number {
  return countOf(stdin, 'bytesWritten');
}

function receivedBy({ stdout, stderr }: MuxSession): number {
  return countOf(stdout, 'bytesRead') + countOf(stderr, 'bytesRead');
}

/** The pipes of a child are sockets, which count. */
function countOf(pipe: Readable | Writable, name: 'bytesRead' | 'bytesWritten'): number {
  const count: unknown = Reflect.get(pipe, name);
  return typeof count === 'number' ? count : 0;
}
