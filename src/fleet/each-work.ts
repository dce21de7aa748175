import type { Connection } from '../connection/connection.js';
import { asError, hostError } from '../connection/results/host-error.js';
import type { HostValue } from '../connection/results/host-value.js';
import { raceAbort } from '../core/abort.js';
import type { Admission } from './admission.js';
import { HostTurn } from './host-turn.js';
import type { HostWork, Operation } from './operation.js';
import { skippedHost } from './skipped-host.js';

/** What a function for each host is given besides its connection and key. */
export interface EachScope {
  /** Fires when the call is aborted, the host's time is up, or the fleet is closed: pass it on. */
  readonly signal: AbortSignal;
}

/** Work of the caller's own on one host. */
export type EachFunction<T, C extends Connection = Connection> = (
  connection: C,
  key: string,
  scope: EachScope,
) => Promise<T>;

/** Calls a function for each host and makes a value of whatever comes of it. */
export function eachWork<T, C extends Connection>(
  operation: Operation,
  admission: Admission,
  fn: EachFunction<T, C>,
): HostWork<HostValue<T>, C> {
  return {
    async run(pool) {
      const { key, host } = pool;
      const turn = new HostTurn(pool, operation, admission);
      try {
        const value = await turn.take({ alwaysHeeds: true }, async (connection, signal = operation.signal) => {
          const work = Promise.resolve(fn(connection, key, { signal }));
          // A function that does not heed its signal must not hold up the others.
          return raceAbort(work, signal, { doing: `working on ${key}`, host });
        });
        return { key, host, ok: true, value, durationMs: turn.durationMs };
      } catch (error) {
        return {
          key,
          host,
          ok: false,
          ...turn.skipped,
          error: hostError(asError(error), key),
          durationMs: turn.durationMs,
        };
      }
    },
    skip: skippedHost,
  };
}
