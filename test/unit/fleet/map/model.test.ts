import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Connection, type ConnectionOptions, type OpenedTransport } from '../../../../src/connection/connection.js';
import { ClosedError, ConnectError } from '../../../../src/core/errors.js';
import { OptionError } from '../../../../src/core/hawser-error.js';
import { MultiConnection } from '../../../../src/fleet/multi-connection.js';
import { MemoryTransport } from '../../../../src/testing/memory-transport.js';
import { type ModelConnection, ReferenceMap } from './reference-map.js';

const KEYS = ['a', 'b', 'c', 'd'];
const UNREACHABLE = 'nowhere';
/** As many fleets as are worked on side by side: they share connections. */
const MOST_FLEETS = 4;

class PlainConnection extends Connection {
  readonly id: string;
  runs = 0;

  constructor(options: ConnectionOptions) {
    super(options);
    this.id = options.target.host;
  }

  protected async openTransport(): Promise<OpenedTransport> {
    const transport = new MemoryTransport({
      host: this.host,
      connect: () => {
        if (this.host.startsWith(UNREACHABLE)) throw new ConnectError('tcp', 'Refused.', { host: this.host });
      },
      exec: () => {
        this.runs += 1;
        return { stdout: this.host };
      },
    });
    return { transport, connectTimeout: undefined };
  }
}

interface Model {
  readonly connections: ModelConnection[];
  readonly fleets: ReferenceMap[];
}

interface Real {
  readonly connections: PlainConnection[];
  readonly fleets: MultiConnection<PlainConnection>[];
}

type Change = fc.AsyncCommand<Model, Real>;

/** What a command works on: a fleet, another one, a connection. */
class World {
  readonly fleet: ReferenceMap;
  readonly other: ReferenceMap;
  readonly mc: MultiConnection<PlainConnection>;
  readonly otherMc: MultiConnection<PlainConnection>;
  readonly #model: Model;
  readonly #real: Real;

  constructor(model: Model, real: Real, which: number, other: number) {
    this.#model = model;
    this.#real = real;
    this.fleet = nth(model.fleets, which);
    this.mc = nth(real.fleets, which);
    this.other = nth(model.fleets, other);
    this.otherMc = nth(real.fleets, other);
  }

  pick(index: number): { model: ModelConnection; real: PlainConnection } {
    return { model: nth(this.#model.connections, index), real: nth(this.#real.connections, index) };
  }

  number(connection: Connection | undefined): number | undefined {
    return connection === undefined ? undefined : numberOf(this.#real, connection);
  }

  numbers(connections: readonly Connection[]): number[] {
    return connections.map((connection) => numberOf(this.#real, connection));
  }

  /** A fleet that a command has made takes the place of the oldest, where there are enough. */
  make(fleet: ReferenceMap, mc: MultiConnection<PlainConnection>): void {
    if (this.#model.fleets.length >= MOST_FLEETS) {
      this.#model.fleets.shift();
      this.#real.fleets.shift();
    }
    this.#model.fleets.push(fleet);
    this.#real.fleets.push(mc);
  }

  adopt(model: ModelConnection, real: PlainConnection): void {
    this.#model.connections.push(model);
    this.#real.connections.push(real);
  }

  get count(): number {
    return this.#model.connections.length;
  }
}

function nth<T>(list: readonly T[], index: number): T {
  const item = list[index % list.length];
  if (item === undefined) throw new Error('There is none.');
  return item;
}

function numberOf(real: Real, connection: Connection): number {
  return real.connections.findIndex((one) => Object.is(one, connection));
}

/** What looking at a fleet shows, in every way there is to look at it. */
function looks(real: Real, mc: MultiConnection<PlainConnection>): unknown {
  const pair = ([key, connection]: [string, PlainConnection]): [string, number] => [key, numberOf(real, connection)];
  const called: [string, number][] = [];
  mc.forEach((connection, key, fleet) => {
    expect(fleet).toBe(mc);
    called.push([key, numberOf(real, connection)]);
  });
  return {
    keys: [...mc.keys()],
    keysAll: [...mc.keysAll()],
    values: Array.from(mc.values(), (one) => numberOf(real, one)),
    valuesAll: Array.from(mc.valuesAll(), (one) => numberOf(real, one)),
    entries: Array.from(mc.entries(), pair),
    entriesAll: Array.from(mc.entriesAll(), pair),
    iterated: Array.from(mc, pair),
    called,
    getAll: KEYS.map((key) => mc.getAll(key).map((one) => numberOf(real, one))),
    has: KEYS.map((key) => mc.has(key)),
    sizes: [mc.size, mc.sizeAll],
    hosts: mc.hosts,
    owns: real.connections.map((connection) => mc.owns(connection)),
    closed: mc.closed,
  };
}

function shouldLook({ connections }: Model, fleet: ReferenceMap): unknown {
  const pair = ([key, { number }]: [string, ModelConnection]): [string, number] => [key, number];
  const entries = fleet.entries().map(pair);
  const entriesAll = fleet.entriesAll().map(pair);
  return {
    keys: fleet.shelves.map(({ key }) => key),
    keysAll: entriesAll.map(([key]) => key),
    values: entries.map(([, number]) => number),
    valuesAll: entriesAll.map(([, number]) => number),
    entries,
    entriesAll,
    iterated: entries,
    called: entries,
    getAll: KEYS.map((key) => fleet.all(key).map(({ number }) => number)),
    has: KEYS.map((key) => fleet.all(key).length > 0),
    sizes: [fleet.shelves.length, entriesAll.length],
    hosts: fleet.shelves.map(({ items: [first] }) => (first ? first.host : '')),
    owns: connections.map((connection) => fleet.owned.has(connection)),
    closed: fleet.closed,
  };
}

function makePair(number: number, key: string, reachable: boolean): [ModelConnection, PlainConnection] {
  const host = `${reachable ? 'host' : UNREACHABLE}${number}`;
  return [{ number, key, host, reachable, closed: false }, new PlainConnection({ target: { host, key } })];
}

function compare(model: Model, real: Real): void {
  for (const [index, fleet] of model.fleets.entries()) {
    expect(looks(real, nth(real.fleets, index))).toEqual(shouldLook(model, fleet));
  }
  expect(real.connections.map(({ state }) => state === 'closed')).toEqual(
    model.connections.map(({ closed }) => closed),
  );
}

/** A command that does one thing to both, and then compares all that there is. */
function change(name: string, run: (world: World) => void | Promise<void>, which: number, other = 0): Change {
  return {
    check: () => true,
    run: async (model, real) => {
      await run(new World(model, real, which, other));
      compare(model, real);
    },
    toString: () => `${name} on ${which}, ${other}`,
  };
}

/** A change of a fleet: one that is closed refuses it, and stays as it is. */
function edit(
  name: string,
  does: { real: (world: World) => unknown; model: (world: World) => unknown },
  which: number,
  other = 0,
): Change {
  const run = async (world: World): Promise<void> => {
    if (world.fleet.closed) {
      await expect((async () => does.real(world))()).rejects.toThrow(ClosedError);
      return;
    }
    const got = await does.real(world);
    expect(got).toEqual(await does.model(world));
  };
  return change(name, run, which, other);
}

const which = fc.nat(MOST_FLEETS - 1);
const at = fc.nat(40);
const key = fc.constantFrom(...KEYS);

const changes: fc.Arbitrary<Change>[] = [
  fc.tuple(which, key).map(([fleet, name]) =>
    change(
      `get ${name}`,
      (world) => {
        expect(world.number(world.mc.get(name))).toBe(world.fleet.get(name)?.number);
      },
      fleet,
    ),
  ),
  fc.tuple(which, key, at, fc.boolean()).map(([fleet, name, index, own]) =>
    edit(
      `set ${name} to ${index}, own: ${own}`,
      {
        real: (world) => world.mc.set(name, world.pick(index).real, own ? { own } : {}) === world.mc,
        model: (world) => {
          world.fleet.add(name, world.pick(index).model, own);
          return true;
        },
      },
      fleet,
    ),
  ),
  fc.tuple(which, at, fc.boolean()).map(([fleet, index, own]) =>
    edit(
      `add ${index}, own: ${own}`,
      {
        real: (world) => world.mc.add(world.pick(index).real, { own }) === world.mc,
        model: (world) => {
          const { model } = world.pick(index);
          world.fleet.add(model.key, model, own);
          return true;
        },
      },
      fleet,
    ),
  ),
  fc.tuple(which, which, fc.boolean()).map(([fleet, other, byUpdate]) =>
    edit(
      byUpdate ? 'update with a fleet' : 'add a fleet',
      {
        real: ({ mc, otherMc }) => (byUpdate ? mc.update(otherMc) : mc.add(otherMc)) === mc,
        model: (world) => {
          for (const [name, connection] of world.other.entriesAll()) world.fleet.add(name, connection, false);
          return true;
        },
      },
      fleet,
      other,
    ),
  ),
  fc.tuple(which, fc.array(fc.tuple(key, at), { maxLength: 4 }), fc.boolean()).map(([fleet, entries, spoiled]) =>
    edit(
      `update with ${JSON.stringify(entries)}${spoiled ? ' and nonsense' : ''}`,
      {
        real: (world) => {
          const list = entries.map(([name, index]): [string, PlainConnection] => [name, world.pick(index).real]);
          if (!spoiled) return world.mc.update(new Set(list)) === world.mc;
          const refused = world.fleet.closed ? ClosedError : OptionError;
          expect(() => world.mc.update([...list, ['', world.pick(0).real]])).toThrow(refused);
          return world.mc.update([]) === world.mc;
        },
        model: (world) => {
          if (spoiled) return true;
          for (const [name, index] of entries) world.fleet.add(name, world.pick(index).model, false);
          return true;
        },
      },
      fleet,
    ),
  ),
  fc.tuple(which, key).map(([fleet, name]) =>
    edit(
      `delete ${name}`,
      {
        real: ({ mc }) => mc.delete(name),
        model: (world) => {
          const gone = world.fleet.upNext(name);
          world.fleet.discard(name, gone);
          return gone.length === 1;
        },
      },
      fleet,
    ),
  ),
  fc.tuple(which, key).map(([fleet, name]) =>
    edit(
      `deleteAll ${name}`,
      {
        real: ({ mc }) => mc.deleteAll(name),
        model: (world) => {
          const gone = world.fleet.all(name);
          world.fleet.discard(name, gone);
          return gone.length;
        },
      },
      fleet,
    ),
  ),
  fc.tuple(which, key).map(([fleet, name]) =>
    edit(
      `pop ${name}`,
      {
        real: (world) => world.number(world.mc.pop(name)),
        model: (world) => {
          const gone = world.fleet.upNext(name);
          world.fleet.handOver(name, gone);
          return gone[0]?.number;
        },
      },
      fleet,
    ),
  ),
  fc.tuple(which, key).map(([fleet, name]) =>
    edit(
      `popAll ${name}`,
      {
        real: (world) => world.numbers(world.mc.popAll(name)),
        model: (world) => {
          const gone = world.fleet.all(name);
          world.fleet.handOver(name, gone);
          return gone.map(({ number }) => number);
        },
      },
      fleet,
    ),
  ),
  fc.tuple(which, fc.boolean()).map(([fleet, all]) =>
    edit(
      all ? 'popItemAll' : 'popItem',
      {
        real: (world) => {
          if (all) {
            const [name, connections] = world.mc.popItemAll() ?? [];
            return name === undefined ? undefined : [name, world.numbers(connections ?? [])];
          }
          const [name, connection] = world.mc.popItem() ?? [];
          return name === undefined ? undefined : [name, world.number(connection)];
        },
        model: (world) => {
          const name = world.fleet.shelves.at(-1)?.key;
          if (name === undefined) return undefined;
          const gone = all ? world.fleet.all(name) : world.fleet.upNext(name);
          world.fleet.handOver(name, gone);
          return [name, all ? gone.map(({ number }) => number) : gone[0]?.number];
        },
      },
      fleet,
    ),
  ),
  which.map((fleet) =>
    edit(
      'clear',
      {
        real: ({ mc }) => {
          const cleared = mc.clear();
          if (!mc.closed) expect([mc.size, mc.sizeAll]).toEqual([0, 0]);
          return cleared;
        },
        model: (world) => {
          for (const { key: name, items } of world.fleet.shelves) world.fleet.discard(name, items);
        },
      },
      fleet,
    ),
  ),
  which.map((fleet) =>
    edit(
      'connect and prune',
      {
        real: async ({ mc }) => [...(await mc.connect({ pruneFailures: true })).values()].map(({ ok }) => ok),
        model: (world) => {
          const shelves = world.fleet.shelves.map(({ key: name, items }) => ({ name, items }));
          for (const { name, items } of shelves) {
            world.fleet.discard(
              name,
              items.filter(({ reachable, closed }) => !reachable && !closed),
            );
          }
          return shelves.map(({ items }) => items.every(({ reachable, closed }) => reachable && !closed));
        },
      },
      fleet,
    ),
  ),
  which.map((fleet) =>
    edit(
      'execute',
      {
        real: async (world) => {
          const runs = (): number => {
            let count = 0;
            for (const one of new Set(world.mc.valuesAll())) count += one.runs;
            return count;
          };
          const before = runs();
          const result = await world.mc.execute('hostname');
          expect(runs() - before).toBe(result.succeeded.size);
          // Which of several takes it is not for the map to say; that one of those can which can, is.
          for (const [name, items] of world.fleet.shelves.map(({ key: k, items: all }) => [k, all] as const)) {
            const able = items.filter(({ reachable, closed }) => reachable && !closed);
            if (able.length === items.length) expect(result.get(name)?.ok).toBe(true);
            if (able.length === 0) expect(result.get(name)?.ok).toBe(false);
          }
          return [...result.keys()];
        },
        model: (world) => world.fleet.shelves.map(({ key: name }) => name),
      },
      fleet,
    ),
  ),
  which.map((fleet) =>
    change(
      'copy',
      (world) => {
        const copy = new ReferenceMap();
        for (const [name, connection] of world.fleet.entriesAll()) copy.add(name, connection, false);
        world.make(copy, world.mc.copy());
      },
      fleet,
    ),
  ),
  fc.tuple(which, which).map(([fleet, other]) =>
    change(
      'concat',
      (world) => {
        const sum = new ReferenceMap();
        for (const [name, one] of [...world.fleet.entriesAll(), ...world.other.entriesAll()]) sum.add(name, one, false);
        world.make(sum, world.mc.concat(world.otherMc));
      },
      fleet,
      other,
    ),
  ),
  fc.tuple(which, at).map(([fleet, index]) =>
    change(
      `concat ${index}`,
      (world) => {
        const { model, real } = world.pick(index);
        const sum = new ReferenceMap();
        for (const [name, one] of world.fleet.entriesAll()) sum.add(name, one, false);
        sum.add(model.key, model, false);
        world.make(sum, world.mc.concat(real));
      },
      fleet,
    ),
  ),
  which.map((fleet) =>
    change(
      'clone',
      (world) => {
        if (world.count > 60) return;
        const mc = world.mc.clone();
        const clone = new ReferenceMap();
        const known = new Map<ModelConnection, ModelConnection>();
        const made = [...mc.entriesAll()];
        for (const [index, [name, original]] of world.fleet.entriesAll().entries()) {
          let twin = known.get(original);
          if (twin === undefined) {
            twin = { ...original, number: world.count, closed: false };
            const connection = nth(made, index)[1];
            expect(connection).toBeInstanceOf(PlainConnection);
            expect(connection).toMatchObject({ key: original.key, host: original.host, state: 'idle' });
            world.adopt(twin, connection);
            known.set(original, twin);
          }
          clone.add(name, twin, true);
        }
        world.make(clone, mc);
      },
      fleet,
    ),
  ),
  which.map((fleet) =>
    change(
      'close',
      async (world) => {
        await world.mc.close();
        world.fleet.close();
      },
      fleet,
    ),
  ),
];

describe('a fleet, held against a plain map of lists', () => {
  it('is the same after whatever is done to it, to its copies, and to fleets that share its connections', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(key, fc.integer({ min: 0, max: 5 })), { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        fc.commands(changes, { maxCommands: 40 }),
        async (made, own, commands) => {
          const pairs = made.map(([name, luck], number) => makePair(number, name, luck > 0));
          const models = pairs.map(([model]) => model);
          const connections = pairs.map(([, connection]) => connection);
          const begin = (): { model: Model; real: Real } => {
            const [first, empty] = [new ReferenceMap(), new ReferenceMap()];
            for (const model of models) first.add(model.key, model, own);
            return {
              model: { connections: models, fleets: [first, empty] },
              real: {
                connections,
                fleets: [
                  MultiConnection.fromConnections(connections, { own }),
                  new MultiConnection<PlainConnection>([]),
                ],
              },
            };
          };
          await fc.asyncModelRun(begin, commands);
          await Promise.all(connections.map((connection) => connection.close()));
        },
      ),
      { numRuns: 300 },
    );
  });
});
