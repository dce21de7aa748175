import { Connection } from '../connection/connection.js';
import { signalAmong } from '../core/abort.js';
import type { UseWorker } from './pool-os.js';

/** The names of the asynchronous methods that a class of connections adds to those of all connections. */
export type OwnServiceNames<C extends Connection> = {
  [K in Exclude<keyof C, keyof Connection>]: C[K] extends (...args: never[]) => Promise<unknown> ? K : never;
}[Exclude<keyof C, keyof Connection>];

/**
 * Gives a pool the services that its workers' class adds to those of all connections: each call goes to a free worker.
 * What the pool has itself stays as it is. A last argument with a `signal` ends the wait for a worker, too.
 */
export function addOwnServices(pool: object, worker: Connection, use: UseWorker): void {
  for (const name of ownMethods(worker)) {
    if (name in pool) continue;
    const forward = (...args: unknown[]): Promise<unknown> =>
      use(async (free) => Reflect.apply(Reflect.get(free, name), free, args), { signal: signalAmong(args) });
    Object.defineProperty(pool, name, { value: forward, configurable: true, writable: true });
  }
}

function* ownMethods(worker: Connection): Generator<string> {
  let level: object | null = Object.getPrototypeOf(worker);
  while (level !== null && level !== Connection.prototype) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      if (typeof value === 'function') yield name;
    }
    level = Object.getPrototypeOf(level);
  }
}
