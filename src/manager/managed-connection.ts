import type { Connection } from '../connection/connection.js';
import { type Abortable, raceAbort, throwIfAborted } from '../core/abort.js';
import { AbortError, ClosedError, ConnectError, TimeoutError } from '../core/errors.js';
import type { HawserError } from '../core/hawser-error.js';
import type { SshContext } from '../transport/ssh2/ssh-context.js';
import { makeConnection } from './make-connection.js';
import type { Plan, Plans } from './plan.js';

/** What a manager hears of a connection that it holds. */
export interface ManagedEvents {
  /** The connection is another one from now on, by another path. */
  readonly changed: (connection: Connection) => void;
  readonly warning: (message: string) => void;
}

/** The phases in which nobody has been asked to trust or to let in anyone: another path may do better. */
const NETWORK_PHASES: ReadonlySet<string> = new Set(['resolve', 'tcp', 'banner']);

interface Attempt {
  readonly via: string;
  readonly error: HawserError;
}

/** Several paths being tried, and how many wait for what comes of it. */
interface Trying {
  readonly done: Promise<Connection>;
  /** Settles with `done`, and never rejects. */
  readonly over: Promise<void>;
  readonly controller: AbortController;
  waiting: number;
}

/** What a manager holds under an alias: the connection of now, and the paths by which there may be another. */
export class ManagedConnection {
  readonly plans: Plans;
  readonly #name: string;
  readonly #events: ManagedEvents;
  readonly #context: SshContext;
  #connection: Connection;
  /** The path of {@link connection}. */
  #plan: Plan;
  #trying: Trying | undefined;
  #forgotten = false;

  constructor(plans: Plans, context: SshContext, events: ManagedEvents) {
    this.plans = plans;
    this.#context = context;
    this.#plan = plans.plans[0];
    this.#name = this.#plan.facts.name;
    this.#events = events;
    this.#connection = makeConnection(this.#plan, context);
  }

  get connection(): Connection {
    return this.#connection;
  }

  /** Connects, by the paths in their order where there are several; who calls meanwhile joins. */
  async connect({ signal }: Abortable): Promise<Connection> {
    const doing = `connecting to ${this.#name}`;
    const race = { doing, host: this.#name };
    if (this.plans.plans.length === 1 || this.#connection.connected) return this.#connection.connect({ signal });
    throwIfAborted(signal, doing, this.#name);
    // An attempt that was given up is nobody's to join: it has to be over first.
    while (this.#trying?.controller.signal.aborted) await raceAbort(this.#trying.over, signal, race);
    this.#trying ??= this.#start();
    const trying = this.#trying;
    trying.waiting += 1;
    try {
      return await raceAbort(trying.done, signal, race);
    } finally {
      trying.waiting -= 1;
      if (trying.waiting === 0) trying.controller.abort(new AbortError(`Nobody waits for ${this.#name} any more.`));
    }
  }

  /**
   * Has it wait, whoever connects it, until the one whose place it takes has ended: a console lets in one at a time.
   * `before` must not reject.
   */
  waitFor(before: Promise<void>): void {
    const race = { doing: `connecting to ${this.#name}`, host: this.#name };
    this.#connection.gateConnects(async (signal) => {
      await raceAbort(before, signal, race);
      return () => {};
    });
  }

  /**
   * Disconnects and closes, for good.
   *
   * @throws the first error of what failed; the connection is closed whatever fails.
   */
  async destroy(): Promise<void> {
    this.#forgotten = true;
    const connection = this.#connection;
    try {
      await connection.disconnect();
    } finally {
      await connection.close();
    }
  }

  #start(): Trying {
    const controller = new AbortController();
    const done = this.#tryPaths(controller.signal).finally(() => {
      if (this.#trying?.controller === controller) this.#trying = undefined;
    });
    const over = done.then(
      () => {},
      () => {},
    );
    return { done, over, controller, waiting: 0 };
  }

  async #tryPaths(signal: AbortSignal): Promise<Connection> {
    const failed: Attempt[] = [];
    for (const plan of this.#inOrder()) {
      await this.#take(plan);
      try {
        return await this.#connection.connect({ signal });
      } catch (error) {
        if (!isNetworkFault(error)) throw error;
        const via = plan.via ?? '';
        failed.push({ via, error });
        this.#events.warning(`Could not connect to ${this.#name} via ${via}: ${error.message}`);
      }
    }
    await this.#take(this.plans.plans[0]);
    throw noPath(this.#name, failed);
  }

  /** The path that the connection has comes first: it may have stood before. */
  #inOrder(): readonly Plan[] {
    return [this.#plan, ...this.plans.plans.filter((plan) => plan !== this.#plan)];
  }

  async #take(plan: Plan): Promise<void> {
    if (this.#forgotten) throw new ClosedError(`The connection to ${this.#name} was destroyed.`, { host: this.#name });
    if (plan === this.#plan) return;
    const before = this.#connection;
    this.#connection = makeConnection(plan, this.#context);
    this.#plan = plan;
    this.#events.changed(this.#connection);
    // It never stood, or its link is lost: how it ends is no part of how the next one begins.
    await before.close().catch(() => {});
    if (this.#forgotten) throw new ClosedError(`The connection to ${this.#name} was destroyed.`, { host: this.#name });
  }
}

function isNetworkFault(error: unknown): error is ConnectError | TimeoutError {
  return (error instanceof ConnectError || error instanceof TimeoutError) && NETWORK_PHASES.has(error.phase);
}

function noPath(name: string, failed: readonly Attempt[]): HawserError {
  const errors = failed.map(({ error }) => error);
  const last = errors.findLast((error) => error instanceof ConnectError);
  const reasons = failed.map(({ via, error }) => `via ${via}: ${error.message.replace(/\.$/u, '')}`).join('; ');
  return new ConnectError(last?.phase ?? 'tcp', `Could not connect to ${name} by any of its paths. ${reasons}.`, {
    host: name,
    key: name,
    retryable: errors.some((error) => error.retryable),
    cause: new AggregateError(errors, `${errors.length} paths failed`),
  });
}
