import { StringDecoder } from 'node:string_decoder';
import { failedResult } from '../../connection/results/failed-result.js';
import { onAbort } from '../../core/abort.js';
import type { CommandResult } from '../../core/command-result.js';
import { CallScope, Deadline } from '../../core/deadline.js';
import { ConnectTrace } from '../../core/diagnostics.js';
import { type AnyCommandResult, ClosedError } from '../../core/errors.js';
import { HawserError } from '../../core/hawser-error.js';
import { EventQueue } from '../../fleet/event-queue.js';
import type { FleetEvent, StreamedResult } from '../../fleet/fleet-event.js';
import { FleetStream } from '../../fleet/fleet-stream.js';
import { targetKey } from '../../inventory/format-target.js';
import type { Target } from '../../inventory/target.js';
import { prepareExecute } from '../../remote/process/execute.js';
import type { ExecuteOptions } from '../../remote/process/options.js';
import { SecondConnection } from '../../remote/second-connection.js';
import { BrokerLink } from '../../transport/broker/broker-link.js';
import { BrokerTransport } from '../../transport/broker/broker-transport.js';
import { type EncodedTarget, encodeTarget } from '../../transport/broker/encode-target.js';
import type { RunHosts, RunPlan } from './run-hosts.js';

/** How long a broker may take to say whether it has a session, in milliseconds. */
const PATIENCE = 10_000;

type Event = FleetEvent<string> | FleetEvent<Buffer>;

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

  /** The session of a target in the broker at a socket; `undefined` where there is none, or no broker that gives it. */
  static async find(socket: string, target: Readonly<Target>): Promise<OneSession | undefined> {
    using scope = new CallScope(undefined, PATIENCE, () => new ClosedError('The session broker does not answer.'));
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
  stream(command: string, o: RunPlan & { readonly encoding?: 'buffer' }): AsyncIterable<Event> {
    const queue = new EventQueue<Event>();
    const common = { v: 1, key: this.#key, host: this.#host } as const;
    const feed = (type: 'stdout' | 'stderr'): ((chunk: Buffer) => Promise<void> | undefined) => {
      const decoder = o.encoding === 'buffer' ? undefined : new StringDecoder('utf8');
      return (chunk) => {
        const at = Date.now();
        queue.push(
          decoder === undefined
            ? { ...common, type, at, data: chunk }
            : { ...common, type, at, data: decoder.write(chunk) },
          chunk.length,
        );
        return queue.full ? new Promise((resolve) => queue.whenRoom(resolve)) : undefined;
      };
    };
    return new FleetStream(queue, () => {
      const stop = new AbortController();
      const unhook = onAbort(o.signal, () => stop.abort(o.signal?.reason));
      onAbort(stop.signal, () => queue.holdNobody());
      const work = async (): Promise<void> => {
        queue.push({ ...common, type: 'start', at: Date.now() });
        const options = { maxBuffer: 0, onStdout: feed('stdout'), onStderr: feed('stderr'), signal: stop.signal };
        const { isEnd, result } = await this.#run(command, { ...o, ...options, encoding: 'buffer' });
        const { stdout: _stdout, stderr: _stderr, ...rest } = result;
        const whole: StreamedResult = { ...rest, truncated: { stdout: false, stderr: false } };
        queue.push({ ...common, type: isEnd ? 'exit' : 'error', at: Date.now(), result: whole });
      };
      return { done: work().finally(unhook), abort: (cause) => stop.abort(cause) };
    });
  }

  async *execute(command: string, o: RunPlan & { readonly maxBuffer?: number }): AsyncIterable<CommandResult> {
    const { result } = await this.#run(command, o);
    yield { ...result, stdout: String(result.stdout), stderr: String(result.stderr) };
  }

  /** Ends this program's part in the session, which stays open. */
  close(): void {
    const reason = new ClosedError(`The session to ${this.#key} is not needed any more.`, { host: this.#key });
    this.#transport.destroy(reason);
    this.#link.close(reason);
  }

  /** Runs a command to its end: `isEnd` says whether that was its own. */
  async #run(
    command: string,
    o: ExecuteOptions,
  ): Promise<{ readonly isEnd: boolean; readonly result: AnyCommandResult }> {
    const [key, host, encoding] = [this.#key, this.#host, o.encoding ?? 'utf8'];
    const begun = performance.now();
    try {
      const site = { transport: this.#transport, key, host, second: new SecondConnection(key) };
      return { isEnd: true, result: await prepareExecute(command, o)(site) };
    } catch (error) {
      const about = { command, encoding, durationMs: performance.now() - begun };
      return { isEnd: false, result: failedResult({ key, host }, error, about) };
    }
  }
}
