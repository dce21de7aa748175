import { StringDecoder } from 'node:string_decoder';
import type { CommandResult } from '../core/command-result.js';
import type { ExecuteOptions } from '../remote/process/options.js';
import type { EventQueue } from './event-queue.js';
import type { FleetEvent, StreamedResult } from './fleet-event.js';

/** The events of either encoding. */
export type AnyFleetEvent = FleetEvent<string> | FleetEvent<Buffer>;

/** The host that events are of. */
export interface StreamedHost {
  readonly key: string;
  readonly host: string;
}

/** How a command hands its output over, and keeps none of it. */
export interface OutputSinks extends Required<Pick<ExecuteOptions, 'maxBuffer' | 'onStdout' | 'onStderr'>> {
  readonly encoding: 'buffer';
}

/**
 * Runs a command by `execute`, which is told where its output goes: into the queue, no faster than that is read. Gives what
 * the command came to; its last event is the caller's to push.
 */
export async function feedEvents(
  host: StreamedHost,
  queue: EventQueue<AnyFleetEvent>,
  encoding: BufferEncoding | 'buffer',
  execute: (sinks: OutputSinks) => Promise<CommandResult<string | Buffer>>,
): Promise<StreamedResult> {
  const stdout = new Feed('stdout', host, queue, encoding);
  const stderr = new Feed('stderr', host, queue, encoding);
  try {
    const result = await execute({
      encoding: 'buffer',
      maxBuffer: 0,
      onStdout: (chunk) => stdout.add(chunk),
      onStderr: (chunk) => stderr.add(chunk),
    });
    return withoutOutput(result, host.key);
  } finally {
    stdout.end();
    stderr.end();
  }
}

/** As it is without `maxBuffer`: the output has been handed over, and nothing of it was cut off. */
export function withoutOutput(result: CommandResult<string | Buffer>, key: string): StreamedResult {
  const { stdout: _stdout, stderr: _stderr, ...rest } = result;
  return { ...rest, key, truncated: { stdout: false, stderr: false } };
}

/** Brings the chunks of one stream of a host to the queue. What comes after its end is nobody's. */
class Feed {
  readonly #type: 'stdout' | 'stderr';
  readonly #host: StreamedHost;
  readonly #queue: EventQueue<AnyFleetEvent>;
  readonly #decoder: StringDecoder | undefined;
  #over = false;

  constructor(
    type: 'stdout' | 'stderr',
    host: StreamedHost,
    queue: EventQueue<AnyFleetEvent>,
    encoding: BufferEncoding | 'buffer',
  ) {
    this.#type = type;
    this.#host = host;
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
    const { key, host } = this.#host;
    const type = this.#type;
    const at = Date.now();
    const event: AnyFleetEvent =
      typeof data === 'string' ? { v: 1, type, key, host, at, data } : { v: 1, type, key, host, at, data };
    this.#queue.push(event, bytes);
  }
}
