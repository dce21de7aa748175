import type { Connection } from '../../connection/connection.js';
import { FleetRun } from '../../connection/results/fleet-run.js';
import type { HostValue } from '../../connection/results/host-value.js';
import { OptionError } from '../../core/hawser-error.js';
import type { EachFunction } from '../each-work.js';
import type { FleetOptions } from '../fleet-options.js';
import type { Broadcast } from './broadcast.js';

/** Does work with a connection of each host: what `MultiConnection.each` does. */
export type EachHost = <T>(fn: EachFunction<T>, o: FleetOptions) => FleetRun<HostValue<T>>;

/** The calls of `T` that a fleet has, each with the place of its options among its arguments. */
export type OptionPlaces<T> = { readonly [N in keyof Broadcast<T>]: N extends keyof T ? PlaceOf<T[N]> : never };

/** The places at which a call takes a signal. */
type PlaceOf<Call> = Call extends (...args: infer A) => unknown ? Places<Required<A>> : never;
type Places<A extends readonly unknown[]> = {
  [I in keyof A]: { readonly signal: AbortSignal } extends A[I] ? NumberOf<I> : never;
}[number];
type NumberOf<I> = I extends `${infer N extends number}` ? N : never;

/**
 * Makes calls that go to every host. A `signal` in the options ends the whole; each host's own call has a signal that
 * fires with it, and when the fleet is closed.
 *
 * @param of what on one host has the calls.
 */
export function makeBroadcast<T extends object>(
  each: EachHost,
  of: (connection: Connection) => T,
  places: OptionPlaces<T>,
): Broadcast<T> {
  const calls = Object.entries<number>(places).map(([name, place]) => [
    name,
    (...args: readonly unknown[]) => run(each, of, { name, place, args }),
  ]);
  // Every call of the type is in `places`, by its own type, and `run` gives what the type says of it.
  return Object.fromEntries(calls) as Broadcast<T>;
}

interface OneCall {
  readonly name: string;
  readonly place: number;
  readonly args: readonly unknown[];
}

function run<T extends object>(
  each: EachHost,
  of: (connection: Connection) => T,
  { name, place, args }: OneCall,
): FleetRun<HostValue<unknown>> {
  if (args.some(isReadOnce)) return refused(name);
  const options = asOptions(args[place], name);
  const { signal } = options;
  return each<unknown>(
    async (connection, _key, scope) => {
      const target = of(connection);
      const call: unknown = Reflect.get(target, name);
      if (typeof call !== 'function')
        throw new OptionError(`Expected a call that ${connection.key} has, got \`${name}\`.`);
      const own = Array.from({ length: Math.max(args.length, place + 1) }, (_, i) => args[i]);
      own[place] = { ...options, signal: scope.signal };
      const result: unknown = Reflect.apply(call, target, own);
      return isAsyncIterable(result) ? allOf(result) : result;
    },
    signal instanceof AbortSignal ? { signal } : {},
  );
}

interface CallOptions {
  readonly signal?: unknown;
  readonly mode?: unknown;
  readonly encoding?: unknown;
}

/** Options as an object; some calls of Node's take an encoding or a mode in their place. */
function asOptions(given: unknown, name: string): CallOptions {
  if (given === undefined || given === null) return {};
  if (typeof given === 'object') return given;
  return name === 'mkdir' ? { mode: given } : { encoding: given };
}

async function allOf(values: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const value of values) all.push(value);
  return all;
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** Whether a value gives what it has only once: a stream or a generator cannot feed several hosts. */
function isReadOnce(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return isAsyncIterable(value) || (Symbol.iterator in value && 'next' in value);
}

function refused(name: string): FleetRun<never> {
  const message = `Expected the arguments of \`${name}\` to be good for every host, got a stream or a generator, which can be read once: give text or bytes, or use \`upload\`.`;
  return new FleetRun<never>(async () => {
    throw new OptionError(message);
  });
}
