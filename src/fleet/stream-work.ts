import type { Connection } from '../connection/connection.js';
import { failedResult } from '../connection/results/failed-result.js';
import { onAbort } from '../core/abort.js';
import { type Command, commandText } from '../core/quote.js';
import type { SpawnOptions } from '../remote/process/options.js';
import type { Admission } from './admission.js';
import type { EventQueue } from './event-queue.js';
import { type AnyFleetEvent, feedEvents, withoutOutput } from './feed-events.js';
import type { StreamedResult } from './fleet-event.js';
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
  const runOn = (connection: Connection, pool: HostPool, signal: AbortSignal): Promise<StreamedResult> => {
    const { key, host } = pool;
    queue.push({ v: 1, type: 'start', key, host, at: Date.now() });
    return feedEvents(pool, queue, encoding, (sinks) =>
      connection.execute(command, { ...own, ...sinks, signal, ...(input === undefined ? {} : { input }) }),
    );
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
