import { EventEmitter } from 'node:events';
import type { Connection } from '../connection/connection.js';

/** What a connection has and what is none of its services: its life cycle, which is the manager's, and its insides. */
const LIFE_CYCLE = ['connect', 'disconnect', 'close', 'clone', 'gateConnects', 'toJSON', 'constructor'] as const;

/** Methods for subclasses alone: at run time they are methods as any other. */
const PROTECTED = ['openTransport', 'openFiles', 'makeOs', 'leaveFiles', 'cloneOptions', 'service'];

/** What is a service although it is no method. */
const FACETS = ['fs', 'path'] as const;

const NO_SERVICE: ReadonlySet<string> = new Set([...LIFE_CYCLE, ...PROTECTED, 'then']);

type NoService = (typeof LIFE_CYCLE)[number] | keyof EventEmitter;
type Facet = (typeof FACETS)[number];

/** The services of a class of connections: what one can have done over them. */
export type ServicesOf<C extends Connection> = {
  readonly [N in Exclude<keyof C, NoService | symbol> as C[N] extends (...args: never) => unknown ? N : never]: C[N];
} & Pick<C, Facet>;

/** What a connection, or the prototype of one, has under a name, as far as that is a service. */
export function serviceKind(owner: unknown, name: string): 'method' | 'facet' | undefined {
  if (FACETS.some((facet) => facet === name)) return 'facet';
  if (NO_SERVICE.has(name) || name in EventEmitter.prototype) return undefined;
  if (typeof owner !== 'object' || owner === null) return undefined;
  const descriptor = Object.getOwnPropertyDescriptor(owner, name);
  if (descriptor === undefined) return serviceKind(Object.getPrototypeOf(owner), name);
  return typeof descriptor.value === 'function' ? 'method' : undefined;
}
