import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { Connection } from '../connection/connection.js';
import { failedResult } from '../connection/results/failed-result.js';
import { partialResult } from '../connection/results/outcome-of.js';
import { onAbort } from '../core/abort.js';
import type { CommandResult } from '../core/command-result.js';
import type { AnyCommandResult } from '../core/errors.js';
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
  const runOn = async (connection: Connection, pool: HostPool, signal: AbortSignal): Promise<CommandResult> => {
    const { key, host } = pool;
    queue.push({ v: 1, type: 'start', key, host, at: Date.now() });
    if (!connection.hasStreams) return executeInstead(connection, pool, signal);
    const process = connection.spawn(command, { ...own, signal });
    process.stdin.end(input);
    const read = Promise.all([
      relay(process.stdout, 'stdout', pool, queue, encoding),
      relay(process.stderr, 'stderr', pool, queue, encoding),
    ]);
    try {
      return await process.wait();
    } finally {
      await read;
    }
  };
  /** A command line that has only a prompt gives all of a command's text at its end. */
  const executeInstead = async (
    connection: Connection,
    pool: HostPool,
    signal: AbortSignal,
  ): Promise<CommandResult> => {
    const options = { ...own, ...(input === undefined ? {} : { input }), signal, encoding: 'buffer' } as const;
    const told = ({ stdout, stderr }: AnyCommandResult): void => {
      say(stdout, 'stdout', pool, queue, encoding);
      say(stderr, 'stderr', pool, queue, encoding);
    };
    try {
      const result = await connection.execute(command, options);
      told(result);
      return { ...result, stdout: '', stderr: '' };
    } catch (error) {
      const partial = partialResult(error);
      if (partial !== undefined) told(partial);
      throw error;
    }
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
        return last({ ...withoutOutput(result), key: pool.key }, 'exit');
      } catch (error) {
        return fail(pool, error, turn);
      }
    },
    skip: (pool, why) => fail(pool, why, undefined),
  };
}

/** Brings a stream's chunks to the queue; settles when it has ended and all has been handed over. */
function relay(
  stream: Readable,
  type: 'stdout' | 'stderr',
  { key, host }: HostPool,
  queue: EventQueue<AnyFleetEvent>,
  encoding: BufferEncoding | 'buffer',
): Promise<void> {
  const decoder = encoding === 'buffer' ? undefined : new StringDecoder(encoding);
  const say = (data: string | Buffer, bytes: number): void => {
    if (data.length === 0) return;
    const common = { v: 1, type, key, host, at: Date.now() } as const;
    queue.push(typeof data === 'string' ? { ...common, data } : { ...common, data }, bytes);
  };
  return new Promise((resolve) => {
    stream.on('data', (chunk: Buffer) => {
      // The command is being ended and nobody waits for room: what does not fit is lost, or memory would be.
      if (queue.crowded && !queue.full) return;
      say(decoder === undefined ? chunk : decoder.write(chunk), chunk.length);
      if (!queue.full) return;
      stream.pause();
      queue.whenRoom(() => stream.resume());
    });
    stream.once('close', () => {
      if (decoder !== undefined) say(decoder.end(), 0);
      resolve();
    });
  });
}

/** Puts output that is complete into the queue. */
function say(
  data: string | Buffer,
  type: 'stdout' | 'stderr',
  { key, host }: HostPool,
  queue: EventQueue<AnyFleetEvent>,
  encoding: BufferEncoding | 'buffer',
): void {
  if (data.length === 0) return;
  const bytes = Buffer.from(data);
  const common = { v: 1, type, key, host, at: Date.now() } as const;
  if (encoding === 'buffer') queue.push({ ...common, data: bytes }, bytes.length);
  else queue.push({ ...common, data: bytes.toString(encoding) }, bytes.length);
}

function withoutOutput(result: CommandResult<string | Buffer>): StreamedResult {
  const { stdout: _stdout, stderr: _stderr, ...rest } = result;
  return rest;
}
