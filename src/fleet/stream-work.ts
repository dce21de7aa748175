import { StringDecoder } from 'node:string_decoder';
import type { Connection } from '../connection/connection.js';
import { failedResult } from '../connection/results/failed-result.js';
import { onAbort } from '../core/abort.js';
import type { CommandResult } from '../core/command-result.js';
import { type Command, commandText } from '../core/quote.js';
import type { SpawnOptions } from '../remote/process/options.js';
import type { Admission } from './admission.js';
import type { EventQueue } from './event-queue.js';
import type { FleetEvent, StreamedResult } from './fleet-event.js';
import { type FleetOptions, withoutFleetOptions } from './fleet-options.js';
import type { HostPool } from './host-pool.js';
import { HostTurn } from './host-turn.js';
import type { HostWork, Operation } from './operation.js';

/** Options of `MultiConnection.stream`; `timeout` and `signal` are the fleet's, as for `execute`. */
export interface FleetStreamOptions
  extends Omit<SpawnOptions, 'timeout' | 'signal' | 'encoding' | 'maxBuffer'>,
    FleetOptions<StreamedResult> {
  /** Of the events' data, decoded across chunk borders; `'buffer'` for bytes. Default `'utf8'`. */
  readonly encoding?: BufferEncoding | 'buffer';
  /** What each command reads; stdin ends after it. Default: nothing. */
  readonly input?: string | Uint8Array;
}

/** The events of either encoding. */
export type AnyFleetEvent = FleetEvent<string> | FleetEvent<Buffer>;

/** Runs a command on each host and puts what it does into the queue, no faster than that is read. */
export function streamWork(
  operation: Operation,
  admission: Admission,
  queue: EventQueue<AnyFleetEvent>,
  command: Command,
  o: FleetStreamOptions,
): HostWork<StreamedResult> {
  const { encoding = 'utf8', input, ...own } = withoutFleetOptions(o);
  const text = commandText(command);
  const last = (result: StreamedResult, type: 'exit' | 'error'): StreamedResult => {
    const { key, host } = result;
    queue.push({ v: 1, type, key, host, at: Date.now(), result });
    return result;
  };
  const fail = (pool: HostPool, error: unknown, turn: HostTurn | undefined): StreamedResult => {
    const outcome = turn?.begun === true ? undefined : 'skipped';
    const durationMs = turn?.durationMs ?? 0;
    return last(withoutOutput(failedResult(pool, error, { command: text, encoding, durationMs, outcome })), 'error');
  };
  const runOn = async (connection: Connection, pool: HostPool, signal: AbortSignal): Promise<StreamedResult> => {
    const { key, host } = pool;
    queue.push({ v: 1, type: 'start', key, host, at: Date.now() });
    using stdout = new Feed('stdout', pool, queue, encoding);
    using stderr = new Feed('stderr', pool, queue, encoding);
    const result = await connection.execute(command, {
      ...own,
      signal,
      encoding: 'buffer',
      maxBuffer: 0,
      onStdout: (chunk) => stdout.add(chunk),
      onStderr: (chunk) => stderr.add(chunk),
      ...(input === undefined ? {} : { input }),
    });
    return withoutOutput(result);
  };
  onAbort(operation.signal, () => queue.holdNobody());
  return {
    async run(pool) {
      if (queue.full) await new Promise<void>((resolve) => queue.whenRoom(resolve));
      const turn = new HostTurn(pool, operation, admission);
      try {
        const result = await turn.take({ alwaysHeeds: true }, (connection, signal = operation.signal) =>
          runOn(connection, pool, signal),
        );
        return last({ ...result, key: pool.key }, 'exit');
      } catch (error) {
        return fail(pool, error, turn);
      }
    },
    skip: (pool, why) => fail(pool, why, undefined),
  };
}

/** Brings the chunks of one stream of a host to the queue. What comes after it was disposed of is nobody's. */
class Feed implements Disposable {
  readonly #event: Pick<AnyFleetEvent, 'v' | 'key' | 'host'> & { readonly type: 'stdout' | 'stderr' };
  readonly #queue: EventQueue<AnyFleetEvent>;
  readonly #decoder: StringDecoder | undefined;
  #over = false;

  constructor(
    type: 'stdout' | 'stderr',
    { key, host }: HostPool,
    queue: EventQueue<AnyFleetEvent>,
    encoding: BufferEncoding | 'buffer',
  ) {
    this.#event = { v: 1, type, key, host };
    this.#queue = queue;
    this.#decoder = encoding === 'buffer' ? undefined : new StringDecoder(encoding);
  }

  /** What it returns settles when there is room for more. */
  add(chunk: Buffer): Promise<void> | undefined {
    const queue = this.#queue;
    // The command is being ended and nobody waits for room: what does not fit is lost, or memory would be.
    if (this.#over || (queue.crowded && !queue.full)) return undefined;
    this.#say(this.#decoder === undefined ? chunk : this.#decoder.write(chunk), chunk.length);
    return queue.full ? new Promise((resolve) => queue.whenRoom(resolve)) : undefined;
  }

  [Symbol.dispose](): void {
    if (this.#decoder !== undefined) this.#say(this.#decoder.end(), 0);
    this.#over = true;
  }

  #say(data: string | Buffer, bytes: number): void {
    if (data.length === 0) return;
    const common = { ...this.#event, at: Date.now() };
    this.#queue.push(typeof data === 'string' ? { ...common, data } : { ...common, data }, bytes);
  }
}

/** As it is without `maxBuffer`: the output has been handed over, and nothing of it was cut off. */
function withoutOutput(result: CommandResult<string | Buffer>): StreamedResult {
  const { stdout: _stdout, stderr: _stderr, ...rest } = result;
  return { ...rest, truncated: { stdout: false, stderr: false } };
}
