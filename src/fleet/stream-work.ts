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
    const result = failedResult(pool, error, { command: text, encoding, durationMs, outcome });
    return last(withoutOutput(result, pool.key), 'error');
  };
  const runOn = async (connection: Connection, pool: HostPool, signal: AbortSignal): Promise<StreamedResult> => {
    const { key, host } = pool;
    queue.push({ v: 1, type: 'start', key, host, at: Date.now() });
    const stdout = new Feed('stdout', pool, queue, encoding);
    const stderr = new Feed('stderr', pool, queue, encoding);
    try {
      const result = await connection.execute(command, {
        ...own,
        signal,
        encoding: 'buffer',
        maxBuffer: 0,
        onStdout: (chunk) => stdout.add(chunk),
        onStderr: (chunk) => stderr.add(chunk),
        ...(input === undefined ? {} : { input }),
      });
      return withoutOutput(result, key);
    } finally {
      stdout.end();
      stderr.end();
    }
  };
  onAbort(operation.signal, () => queue.holdNobody());
  return {
    async run(pool) {
      if (queue.full) await new Promise<void>((resolve) => queue.whenRoom(resolve));
      const turn = new HostTurn(pool, operation, admission);
      try {
        const result = await turn.take({ alwaysHeeds: true, freesSignal: true }, (connection, signal) =>
          runOn(connection, pool, signal ?? operation.signal),
        );
        return last(result, 'exit');
      } catch (error) {
        return fail(pool, error, turn);
      }
    },
    skip: (pool, why) => fail(pool, why, undefined),
  };
}

/** Brings the chunks of one stream of a host to the queue. What comes after its end is nobody's. */
class Feed {
  readonly #type: 'stdout' | 'stderr';
  readonly #pool: HostPool;
  readonly #queue: EventQueue<AnyFleetEvent>;
  readonly #decoder: StringDecoder | undefined;
  #over = false;

  constructor(
    type: 'stdout' | 'stderr',
    pool: HostPool,
    queue: EventQueue<AnyFleetEvent>,
    encoding: BufferEncoding | 'buffer',
  ) {
    this.#type = type;
    this.#pool = pool;
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

  end(): void {
    if (this.#decoder !== undefined) this.#say(this.#decoder.end(), 0);
    this.#over = true;
  }

  #say(data: string | Buffer, bytes: number): void {
    if (data.length === 0) return;
    const { key, host } = this.#pool;
    const type = this.#type;
    const at = Date.now();
    const event: AnyFleetEvent =
      typeof data === 'string' ? { v: 1, type, key, host, at, data } : { v: 1, type, key, host, at, data };
    this.#queue.push(event, bytes);
  }
}

/** As it is without `maxBuffer`: the output has been handed over, and nothing of it was cut off. */
function withoutOutput(result: CommandResult<string | Buffer>, key: string): StreamedResult {
  const { stdout: _stdout, stderr: _stderr, ...rest } = result;
  return { ...rest, key, truncated: { stdout: false, stderr: false } };
}
