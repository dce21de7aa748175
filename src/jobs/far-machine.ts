import type { Connection } from '../connection/connection.js';
import type { Abortable } from '../core/abort.js';
import { Backoff } from '../core/backoff.js';
import { pause } from '../core/deadline.js';
import { diagnostics } from '../core/diagnostics.js';
import { ClosedError, CommandError, ConnectError, DisconnectedError, TimeoutError } from '../core/errors.js';
import { isWorthRetrying } from '../core/worth-retrying.js';
import type { SessionCache } from '../session/session-cache.js';
import type { JobMachine } from './job-machine.js';

/** Where the sessions come from: a `SessionCache`, or what stands in for one. */
export type SessionSource = Pick<SessionCache, 'get' | 'has'>;

/** The sessions that some scheduler was given already: what is said of them depends on it, and nothing else. */
const seen = new WeakSet<Connection>();

/** How often it is tried to reach the machine again for something that does no harm twice. */
const PATIENCE = { attempts: 6, delay: 250, maxDelay: 5000 } as const;
/** For how long there are further attempts while it cannot be reached, in milliseconds: a single one may take longer. */
const LONGEST_OUTAGE = 15_000;

/** The way to a machine for all that schedulers do on it: by the sessions of a cache, and never by a connection of their own. */
export class FarMachine {
  readonly name: string;
  readonly #target: JobMachine['target'];
  readonly #sessions: SessionSource;
  #wasReached = false;

  constructor({ name, target }: Pick<JobMachine, 'name' | 'target'>, sessions: SessionSource) {
    this.name = name;
    this.#target = target;
    this.#sessions = sessions;
  }

  /**
   * The machine's session, connected. Tells on `hawser:job` whether one was made for it.
   *
   * @throws what the cache's `get` throws.
   */
  async session(o: Abortable & { readonly key?: string } = {}): Promise<Connection> {
    const target = this.#target ?? 'local:';
    const stood = this.#sessions.has(target);
    const session = await this.#sessions.get(target, { signal: o.signal });
    if (diagnostics.job.active) {
      const detail = `${stood || seen.has(session) ? 'reused' : 'created'} ${session.id}`;
      diagnostics.job.publish({
        step: 'session',
        machine: this.name,
        ...(o.key === undefined ? {} : { key: o.key }),
        detail,
      });
    }
    seen.add(session);
    this.#wasReached = true;
    return session;
  }

  /**
   * Does something that does no harm when it is done twice: where the link is lost under it, it is done again, from its
   * beginning, over the session that stands then. A machine that was reached before is given a while to come back; one that
   * was never reached, and where nothing answers, is not waited for: it is down, or its name is wrong.
   *
   * @throws what the work throws, or what connecting throws once it has been tried often enough.
   */
  async perform<T>(
    work: (session: Connection) => Promise<T>,
    o: Abortable & { readonly key?: string } = {},
  ): Promise<T> {
    const backoff = new Backoff(PATIENCE);
    let goneSince: number | undefined;
    for (;;) {
      goneSince ??= performance.now();
      try {
        const session = await this.session(o);
        goneSince = undefined;
        return await work(session);
      } catch (error) {
        goneSince ??= performance.now();
        // A link that is cut at the very end of a command may look like a shell that said nothing: that is asked once more.
        const isMute = error instanceof CommandError && backoff.attempt === 0;
        const mayPass = isLoss(error) || isMute || (isWorthRetrying(error) && (this.#wasReached || isAnswer(error)));
        const isLate = performance.now() - goneSince > LONGEST_OUTAGE;
        const wait = mayPass && !isLate ? backoff.next() : undefined;
        if (wait === undefined || o.signal?.aborted) throw error;
        await pause(wait, o.signal);
      }
    }
  }
}

/** Whether a connect failed at somebody: at a server that has too much to do, say, and hangs up. */
function isAnswer(error: unknown): boolean {
  const asked = error instanceof ConnectError || error instanceof TimeoutError;
  return asked && !['resolve', 'tcp'].includes(error.phase);
}

/** Whether work failed because its link did, or because somebody closed the session. */
export function isLoss(error: unknown): boolean {
  for (let one = error; one instanceof Error; one = one.cause) {
    if (one instanceof DisconnectedError || one instanceof ClosedError) return true;
  }
  return false;
}
