import { Connection } from '../../connection/connection.js';
import { failedResult } from '../../connection/results/failed-result.js';
import { onAbort } from '../../core/abort.js';
import type { CommandResult } from '../../core/command-result.js';
import { CallScope } from '../../core/deadline.js';
import { type AnyCommandResult, ClosedError, DisconnectedError } from '../../core/errors.js';
import { EventQueue } from '../../fleet/event-queue.js';
import {
  type AnyFleetEvent,
  feedEvents,
  type OutputSinks,
  type StreamedHost,
  withoutOutput,
} from '../../fleet/feed-events.js';
import type { FleetEvent, StreamedResult } from '../../fleet/fleet-event.js';
import { FleetStream } from '../../fleet/fleet-stream.js';
import { targetKey } from '../../inventory/format-target.js';
import type { Target } from '../../inventory/target.js';
import { prepareExecute } from '../../remote/process/execute.js';
import type { ExecuteOptions } from '../../remote/process/options.js';
import { decodeTarget, unasked } from '../../session/broker/decode-target.js';
import type { SessionCache } from '../../session/session-cache.js';
import { encodeTarget } from '../../transport/broker/encode-target.js';
import type { Environment } from '../caller.js';
import type { RunHosts, RunPlan } from '../run/run-hosts.js';

/** One host over a session that stands: what a run of it shows is the same as of a fleet. */
export class OneSession implements RunHosts {
  readonly size = 1;
  readonly batchSize = 1;
  readonly #key: string;
  readonly #host: string;
  readonly #connection: Connection;

  private constructor(target: Readonly<Target>, connection: Connection) {
    this.#key = targetKey(target);
    this.#host = target.host;
    this.#connection = connection;
  }

  /**
   * The session of a target, as one of its own process would find it; `undefined` where there is none.
   *
   * @param env that of who asks.
   */
  static async find(
    sessions: SessionCache,
    target: Readonly<Target>,
    env: Environment,
  ): Promise<OneSession | undefined> {
    const wanted = decodeTarget(encodeTarget(target, env).target, unasked);
    return sessions.has(wanted) ? new OneSession(target, await sessions.get(wanted)) : undefined;
  }

  keys(): Iterable<string> {
    return [this.#key];
  }

  entries(): Iterable<readonly [string, { readonly host: string }]> {
    return [[this.#key, { host: this.#host }]];
  }

  stream(command: string, o: RunPlan & { readonly encoding: 'buffer' }): AsyncIterable<FleetEvent<Buffer>>;
  stream(command: string, o: RunPlan): AsyncIterable<FleetEvent>;
  stream(command: string, o: RunPlan & { readonly encoding?: 'buffer' }): AsyncIterable<AnyFleetEvent> {
    const queue = new EventQueue<AnyFleetEvent>();
    const about: StreamedHost = { key: this.#key, host: this.#host };
    const last = (type: 'exit' | 'error', result: StreamedResult): void => {
      queue.push({ v: 1, type, ...about, at: Date.now(), result });
    };
    return new FleetStream(queue, () => {
      const scope = new CallScope(o.signal);
      onAbort(scope.signal, () => queue.holdNobody());
      const work = async (): Promise<void> => {
        queue.push({ v: 1, type: 'start', ...about, at: Date.now() });
        const begun = performance.now();
        try {
          const run = (sinks: OutputSinks): Promise<AnyCommandResult> =>
            this.#run(command, { ...o, ...sinks, signal: scope.signal });
          last('exit', await feedEvents(about, queue, o.encoding ?? 'utf8', run));
        } catch (error) {
          last('error', withoutOutput(failed(about, error, command, begun), this.#key));
        }
      };
      return { done: work().finally(() => scope[Symbol.dispose]()), abort: (cause) => scope.abort(cause) };
    });
  }

  async *execute(command: string, o: RunPlan & { readonly maxBuffer?: number }): AsyncIterable<CommandResult> {
    const begun = performance.now();
    const about: StreamedHost = { key: this.#key, host: this.#host };
    const result = await this.#run(command, o).catch((error: unknown) => failed(about, error, command, begun));
    yield { ...result, stdout: String(result.stdout), stderr: String(result.stderr) };
  }

  #run(command: string, o: ExecuteOptions): Promise<AnyCommandResult> {
    const run = prepareExecute(command, o);
    const about = { key: this.#key, host: this.#host };
    const { signal } = o;
    const done = Connection.serviceOf(this.#connection, (site) => run({ ...site, ...about }), {
      exclusive: false,
      signal,
    });
    return done.catch((error: unknown) => {
      // Not by who waits for this: `hawser session close`, or the end of the broker.
      if (error instanceof ClosedError) throw new DisconnectedError(`The session on ${this.#key} was closed.`, about);
      throw error;
    });
  }
}

/** The result of a command that was cut short, or never ran. */
function failed(host: StreamedHost, error: unknown, command: string, begun: number): AnyCommandResult {
  return failedResult(host, error, { command, encoding: 'utf8', durationMs: performance.now() - begun });
}
