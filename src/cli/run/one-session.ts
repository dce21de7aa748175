import { failedResult } from '../../connection/results/failed-result.js';
import { onAbort } from '../../core/abort.js';
import type { CommandResult } from '../../core/command-result.js';
import { CallScope, Deadline } from '../../core/deadline.js';
import { ConnectTrace } from '../../core/diagnostics.js';
import { type AnyCommandResult, ClosedError, TimeoutError } from '../../core/errors.js';
import { HawserError } from '../../core/hawser-error.js';
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
import { SecondConnection } from '../../remote/second-connection.js';
import type { Site } from '../../remote/site.js';
import { answerScope } from '../../session/broker/answer-scope.js';
import { BrokerLink } from '../../transport/broker/broker-link.js';
import { BrokerTransport } from '../../transport/broker/broker-transport.js';
import { type EncodedTarget, encodeTarget } from '../../transport/broker/encode-target.js';
import type { RunHosts, RunPlan } from './run-hosts.js';

/** How long a broker may take to say whether it has a session, in milliseconds. */
const PATIENCE = 5000;

/** One host over a session that a broker has open: what a run of it shows is the same as of a fleet. */
export class OneSession implements RunHosts {
  readonly size = 1;
  readonly batchSize = 1;
  readonly #key: string;
  readonly #host: string;
  readonly #link: BrokerLink;
  readonly #transport: BrokerTransport;

  private constructor(target: Readonly<Target>, link: BrokerLink, transport: BrokerTransport) {
    this.#key = targetKey(target);
    this.#host = target.host;
    this.#link = link;
    this.#transport = transport;
  }

  /**
   * The session of a target in the broker at a socket; `undefined` where there is none, or no broker that gives it.
   *
   * @throws TimeoutError where what listens does not answer.
   */
  static async find(socket: string, target: Readonly<Target>): Promise<OneSession | undefined> {
    using scope = answerScope({ socketPath: socket }, undefined, PATIENCE);
    const { signal } = scope;
    const name = targetKey(target);
    let link: BrokerLink | undefined;
    try {
      const opened = await BrokerLink.open(socket, { signal });
      link = opened;
      const encode = (): EncodedTarget => encodeTarget(target);
      const transport = new BrokerTransport({ link: async () => opened, name, encode, existing: true });
      await transport.connect({ signal, deadline: Deadline.in(PATIENCE), trace: new ConnectTrace(name) });
      return new OneSession(target, opened, transport);
    } catch (error) {
      if (!(error instanceof HawserError)) throw error;
      link?.close(error);
      if (error instanceof TimeoutError && link?.answered !== true) throw error;
      return undefined;
    }
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

  /** Ends this program's part in the session, which stays open. */
  close(): void {
    const reason = new ClosedError(`The session to ${this.#key} is not needed any more.`, { host: this.#key });
    this.#transport.destroy(reason);
    this.#link.close(reason);
  }

  #run(command: string, o: ExecuteOptions): Promise<AnyCommandResult> {
    const key = this.#key;
    const site: Site = { transport: this.#transport, key, host: this.#host, second: new SecondConnection(key) };
    return prepareExecute(command, o)(site);
  }
}

/** The result of a command that was cut short, or never ran. */
function failed(host: StreamedHost, error: unknown, command: string, begun: number): AnyCommandResult {
  return failedResult(host, error, { command, encoding: 'utf8', durationMs: performance.now() - begun });
}
