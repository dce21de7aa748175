import { setMaxListeners } from 'node:events';
import type { HostOutcome } from '../../connection/results/host-value.js';
import { throwIfAborted } from '../../core/abort.js';
import { OptionError } from '../../core/hawser-error.js';
import { planTail, type TailOptions } from '../../remote/tail/tail-options.js';
import type { Admission } from '../admission.js';
import type { FleetOptions } from '../fleet-options.js';
import type { HostPool } from '../host-pool.js';
import { HostTurn } from '../host-turn.js';
import { type ByKey, keyMap } from '../key-map.js';
import type { HostWork, Operation } from '../operation.js';
import { HostTail } from './host-tail.js';
import { MultiTailer } from './multi-tailer.js';

/** What a fleet lends to the tails on its hosts. */
export interface TailingFleet {
  readonly admission: Admission;
  readonly maxConnections: number | undefined;
  readonly pools: readonly HostPool[];
  /** Goes over hosts and settles when each has its result. Throws, before anything runs, where it could not. */
  go(pools: readonly HostPool[], o: FleetOptions, make: (operation: Operation) => HostWork<HostOutcome>): Promise<void>;
}

/** Follows one path on each host of a fleet. Throws as {@link tailPaths} does. */
export function tailEach(fleet: TailingFleet, path: string, o: TailOptions): Promise<MultiTailer> {
  return openTails(fleet, new Map(fleet.pools.map(({ key }) => [key, path])), o);
}

/**
 * Follows each host's own path, on the hosts that are named.
 *
 * @throws OptionError, before anything is opened, for what cannot be meant, a key that is not in the fleet, and more
 *   hosts than `maxConnections` lets be open; AbortError.
 */
export async function tailPaths(fleet: TailingFleet, paths: ByKey<string>, o: TailOptions): Promise<MultiTailer> {
  const known = new Set(fleet.pools.map(({ key }) => key));
  const map = keyMap(paths, known, { what: 'paths', done: 'opened' });
  return openTails(fleet, map, o);
}

async function openTails(
  fleet: TailingFleet,
  paths: ReadonlyMap<string, string>,
  o: TailOptions,
): Promise<MultiTailer> {
  planTail(o);
  throwIfAborted(o.signal, `opening tails on ${paths.size} hosts`);
  const pools = fleet.pools.filter(({ key }) => paths.has(key));
  refuseTooMany(pools, fleet.maxConnections);
  const tails = new Map(pools.map((pool) => [pool.key, new HostTail(pool.key, pool.host)]));
  const over = new AbortController();
  setMaxListeners(0, over.signal);
  let done: Promise<void> = Promise.resolve();
  await new Promise<void>((resolve, reject) => {
    let opening = pools.length;
    const settled = (): void => {
      opening -= 1;
      if (opening === 0) resolve();
    };
    const make = (operation: Operation): HostWork<HostOutcome> =>
      tailWork(operation, fleet.admission, { tails, paths, options: o, over: over.signal, settled });
    // Every host is followed at once, however many others a call works on.
    done = fleet.go(pools, { signal: o.signal, batchSize: Math.max(1, pools.length) }, make);
    done.then(resolve, reject);
  });
  const tailer = new MultiTailer({
    hosts: [...tails.values()],
    signal: o.signal,
    close: () => {
      over.abort();
      return done;
    },
  });
  if (o.signal?.aborted) {
    await tailer.close();
    throwIfAborted(o.signal, `opening tails on ${paths.size} hosts`);
  }
  return tailer;
}

interface TailsUnderway {
  readonly tails: ReadonlyMap<string, HostTail>;
  readonly paths: ReadonlyMap<string, string>;
  readonly options: TailOptions;
  /** Fires when they are to be closed. */
  readonly over: AbortSignal;
  /** Called when one has been opened or has failed. */
  readonly settled: () => void;
}

/** Holds a connection of each host for as long as its tail is open. */
function tailWork(operation: Operation, admission: Admission, under: TailsUnderway): HostWork<HostOutcome> {
  const { tails, paths, options, over, settled } = under;
  const fail = ({ key, host }: HostPool, thrown: unknown): HostOutcome => {
    const error = tails.get(key)?.failed(thrown);
    settled();
    return { key, host, ok: false, ...(error === undefined ? {} : { error }) };
  };
  return {
    async run(pool) {
      const { key, host } = pool;
      const turn = new HostTurn(pool, operation, admission);
      try {
        await turn.take({ alwaysHeeds: true }, async (connection, signal = operation.signal) => {
          await using tailer = await connection.tail(paths.get(key) ?? '', { ...options, signal });
          tails.get(key)?.opened(tailer);
          settled();
          await fired(over, signal);
        });
        return { key, host, ok: true };
      } catch (error) {
        return fail(pool, error);
      }
    },
    skip: fail,
  };
}

/** Waits for the first of two signals. */
function fired(one: AbortSignal, other: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      one.removeEventListener('abort', done);
      other.removeEventListener('abort', done);
      resolve();
    };
    one.addEventListener('abort', done);
    other.addEventListener('abort', done);
    if (one.aborted || other.aborted) done();
  });
}

/** A tail holds its connection: hosts past the limit would wait for ever. Borrowed connections do not count. */
function refuseTooMany(pools: readonly HostPool[], most: number | undefined): void {
  const own = pools.filter(({ members }) => members.every(({ owned }) => owned)).length;
  if (most === undefined || own <= most) return;
  throw new OptionError(
    `Expected no more hosts than \`maxConnections\`, ${most}, got ${own}: a tail holds its connection as long as it is open.`,
  );
}
