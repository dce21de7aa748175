import type { Connection } from '../connection/connection.js';
import type { Publish } from '../connection/results/fleet-run.js';
import type { HostOutcome } from '../connection/results/host-value.js';
import { AbortError, ClosedError } from '../core/errors.js';
import { Admission } from './admission.js';
import { Course } from './course.js';
import { type FleetLimits, type FleetOptions, planFleet } from './fleet-options.js';
import type { HostPool, Turn } from './host-pool.js';
import { type MakeWork, Operation, type Underway } from './operation.js';
import type { Roster } from './roster.js';

/** The calls on a fleet: how they go over its hosts, and which of them are under way. */
export class FleetCalls<C extends Connection = Connection> {
  readonly admission: Admission;
  readonly #limits: FleetLimits;
  readonly #roster: Roster<C>;
  readonly #underway = new Set<Underway>();
  /** Connections that have left the fleet and are on their way to be closed. */
  readonly #leaving = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(limits: FleetLimits, roster: Roster<C>) {
    this.#limits = limits;
    this.#roster = roster;
    this.admission = new Admission(limits);
    for (const member of roster.members()) this.admission.add(member);
  }

  /** All hosts, in the order of the fleet. */
  get pools(): readonly HostPool<C>[] {
    return [...this.#roster.pools.values()];
  }

  /** Whether the fleet has been closed, or is about to be. */
  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /** Throws ClosedError once the fleet is closed. */
  refuseIfClosed(): void {
    if (this.closed) throw new ClosedError('The fleet was closed: make a new one.');
  }

  get maxConnections(): number | undefined {
    return this.#limits.maxConnections;
  }

  /**
   * Begins to go over hosts. `heeds` says whether what runs there ends by itself when it is aborted.
   *
   * @throws OptionError, ClosedError, before anything runs, where the call could not be meant.
   */
  begin<T extends HostOutcome, P extends Connection = Connection>(
    { pools, options, heeds }: FleetCall<T, P>,
    make: MakeWork<T, P>,
    publish: Publish<T> = () => {},
  ): Underway {
    this.refuseIfClosed();
    const { rolling, ...plan } = planFleet(options, this.#limits, pools.length);
    const operation = new Operation(plan);
    const course = new Course(operation, { pools, rolling, work: make(operation), publish });
    let follow: (course: Promise<void>) => void = () => {};
    const done = new Promise<void>((resolve) => {
      follow = resolve;
    });
    const underway: Underway = { operation, heeds, done };
    // Before the first host is worked on: what is called there may close the fleet.
    this.#underway.add(underway);
    follow(course.go().finally(() => this.#underway.delete(underway)));
    return underway;
  }

  /** Goes over hosts with work that heeds its signal, and settles when each has its result. Throws as {@link begin}. */
  async go<T extends HostOutcome, P extends Connection = Connection>(
    pools: readonly HostPool<P>[],
    options: FleetOptions<T>,
    make: MakeWork<T, P>,
    publish?: Publish<T>,
  ): Promise<void> {
    await this.begin({ pools, options, heeds: true }, make, publish).done;
  }

  /** Has {@link close} wait for what is done with connections that have left the fleet. */
  async untilLeft(leaving: Promise<unknown>): Promise<void> {
    this.#leaving.add(leaving);
    try {
      await leaving;
    } finally {
      this.#leaving.delete(leaving);
    }
  }

  /** Ends what is under way and closes the connections that the fleet owns. Settles when both are done. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const underway = [...this.#underway];
    for (const { operation } of underway) operation.abort(new AbortError('The fleet was closed.'));
    const owned = [...this.#roster.members()].filter((member) => member.owned);
    // What ends its remote command by itself needs its connection for that; the rest ends with its connection.
    await Promise.all(owned.filter(({ turns }) => !someHeeds(turns)).map(({ connection }) => connection.close()));
    await Promise.all(underway.filter(({ heeds }) => heeds).map(({ done }) => done));
    await Promise.all(owned.map(({ connection }) => connection.close()));
    await Promise.all([...underway.map(({ done }) => done), ...this.#leaving]);
  }
}

function someHeeds(turns: Iterable<Turn>): boolean {
  for (const { heeds } of turns) if (heeds) return true;
  return false;
}

/** One call: on which hosts, and how. */
export interface FleetCall<T extends HostOutcome, out C extends Connection = Connection> {
  readonly pools: readonly HostPool<C>[];
  readonly options: FleetOptions<T>;
  readonly heeds: boolean;
}
