import type { Stream } from 'node:stream';
import type { FleetRun } from '../../connection/results/fleet-run.js';
import type { HostValue } from '../../connection/results/host-value.js';

/**
 * The calls of one machine, made on every machine of a fleet: the same names and arguments, and each gives the result of
 * every host. What gives its values one after the other (a listing, a walk) gives all of them; what opens a stream has
 * no such call. Fields that are no calls are the same as on one machine, and calls in them are made on every machine too.
 */
export type Broadcast<T> = {
  readonly [N in keyof T as T[N] extends StreamCall ? never : N]: BroadcastMember<T[N]>;
};

type StreamCall = (...args: never) => Stream;
type Call = (...args: never) => unknown;

type BroadcastMember<M> = M extends Call ? BroadcastCall<M> : M extends Nested ? Broadcast<M> : M;

/** Fields that hold calls of their own. */
type Nested = { readonly [name: string]: Call };

type RunOf<R> =
  R extends Promise<infer V>
    ? FleetRun<HostValue<V>>
    : R extends AsyncIterable<infer V>
      ? FleetRun<HostValue<V[]>>
      : FleetRun<HostValue<R>>;

/** A call with up to four ways to be made, each of which stays: what is asked for decides what is given. */
type BroadcastCall<M> = M extends {
  (...args: infer A1): infer R1;
  (...args: infer A2): infer R2;
  (...args: infer A3): infer R3;
  (...args: infer A4): infer R4;
}
  ? Way<A1, R1> & Way<A2, R2> & Way<A3, R3> & Way<A4, R4>
  : M extends { (...args: infer A1): infer R1; (...args: infer A2): infer R2; (...args: infer A3): infer R3 }
    ? Way<A1, R1> & Way<A2, R2> & Way<A3, R3>
    : M extends { (...args: infer A1): infer R1; (...args: infer A2): infer R2 }
      ? Way<A1, R1> & Way<A2, R2>
      : M extends (...args: infer A1) => infer R1
        ? Way<A1, R1>
        : never;

/** One way to make a call; a way that the call does not have is inferred as nothing in particular, and falls away. */
type Way<A extends readonly unknown[], R> = unknown extends R ? unknown : (...args: A) => RunOf<R>;
