import { getEventListeners } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Connection, type OpenedTransport } from '../../../src/connection/connection.js';
import type { HostOutcome } from '../../../src/connection/results/host-value.js';
import { outcomeOf } from '../../../src/connection/results/outcome-of.js';
import { AuthError, ConnectError, DisconnectedError } from '../../../src/core/errors.js';
import type { FleetOptions } from '../../../src/fleet/fleet-options.js';
import { MultiConnection } from '../../../src/fleet/multi-connection.js';
import type { MemoryProcess, MemoryReply } from '../../../src/testing/memory-channel.js';
import { MemoryTransport, type MemoryTransportOptions } from '../../../src/testing/memory-transport.js';
import type { TransportConnectOptions } from '../../../src/transport/contract.js';
import { openHandles, waitUntil } from '../../rigs/rigs.js';
import { keys } from './memory-fleet.js';

const HOSTS = 1000;

/** What becomes of a command on a host. The last two end when they are told to, and not before. */
const MANNERS = ['well', 'exit 3', 'refused', 'auth', 'dropped', 'no answer', 'never ends'] as const;
type Manner = (typeof MANNERS)[number];

/** What its result says, where nothing ends it before. */
const OUTCOMES: Readonly<Record<Manner, string>> = {
  well: 'exit',
  'exit 3': 'exit',
  refused: 'connect',
  auth: 'auth',
  dropped: 'lost',
  'no answer': 'connect',
  'never ends': 'timeout',
};

/** Counts how many there are, and how many there were at most. */
class Count {
  now = 0;
  most = 0;

  up(): void {
    this.now += 1;
    this.most = Math.max(this.most, this.now);
  }

  down(): void {
    this.now -= 1;
  }
}

/** What the far side of a whole fleet sees. */
class Ledger {
  readonly handshakes = new Count();
  readonly links = new Count();
  readonly #running = new Map<string, Count>();
  readonly #begun = new Map<string, number>();

  /** The commands of one call, which has a name of its own. */
  running(command: string): Count {
    const count = this.#running.get(command) ?? new Count();
    this.#running.set(command, count);
    return count;
  }

  begin(key: string, command: string): void {
    const name = `${key} ${command}`;
    this.#begun.set(name, (this.#begun.get(name) ?? 0) + 1);
    this.running(command).up();
  }

  /** How often it was begun where it was most often. */
  get mostBegun(): number {
    return Math.max(0, ...this.#begun.values());
  }
}

interface Nature {
  readonly manner: Manner;
  /** How many turns of the event loop everything takes. */
  readonly turns: number;
}

async function rest({ turns }: Nature): Promise<void> {
  for (let i = 0; i < turns; i += 1) await turn();
}

/** A link to a host, from before it connects until nothing is left of it. */
class LedgerTransport extends MemoryTransport {
  readonly #ledger: Ledger;

  constructor(ledger: Ledger, o: MemoryTransportOptions) {
    super(o);
    this.#ledger = ledger;
  }

  override async connect(o: TransportConnectOptions): Promise<void> {
    const { handshakes, links } = this.#ledger;
    handshakes.up();
    links.up();
    this.once('close', () => links.down());
    try {
      await super.connect(o);
    } catch (error) {
      // Whose connect has failed needs no end besides.
      links.down();
      throw error;
    } finally {
      handshakes.down();
    }
  }
}

/** A host of that nature, which writes into the ledger what is done to it. */
class LedgerConnection extends Connection {
  readonly id: string;
  readonly #nature: Nature;
  readonly #ledger: Ledger;

  constructor(key: string, nature: Nature, ledger: Ledger) {
    super({ target: { host: key, key } });
    this.id = key;
    this.#nature = nature;
    this.#ledger = ledger;
  }

  protected async openTransport(): Promise<OpenedTransport> {
    const ledger = this.#ledger;
    const transport: MemoryTransport = new LedgerTransport(ledger, {
      host: this.host,
      connect: ({ signal }) => this.#meet(signal),
      exec: async (command, process) => {
        ledger.begin(this.host, command);
        let runs = true;
        const over = (): void => {
          if (runs) ledger.running(command).down();
          runs = false;
        };
        // Cut off, it is over for the fleet before its function has returned.
        const cut = new Promise<void>((resolve) => {
          process.onClose(() => {
            over();
            resolve();
          });
        });
        return await this.#run(transport, process, cut).finally(over);
      },
    });
    return { transport, connectTimeout: undefined };
  }

  async #meet(signal: AbortSignal): Promise<void> {
    const { host } = this;
    const { manner } = this.#nature;
    await rest(this.#nature);
    if (manner === 'refused') throw new ConnectError('tcp', `${host} refused.`, { host });
    if (manner === 'auth') throw new AuthError(`${host} knows nobody.`, [], { host });
    if (manner === 'no answer' && !signal.aborted) {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    }
  }

  async #run(transport: MemoryTransport, process: MemoryProcess, cut: Promise<void>): Promise<MemoryReply> {
    const { host } = this;
    const { manner } = this.#nature;
    process.stdout.write(host);
    await rest(this.#nature);
    if (manner === 'dropped') transport.destroy(new DisconnectedError(`${host} went away.`, { host }));
    if (manner !== 'never ends') return { code: manner === 'exit 3' ? 3 : 0 };
    return new Promise((resolve) => {
      process.onSignal((name) => resolve({ signal: `SIG${name}` }));
      void cut.then(() => resolve({}));
    });
  }
}

/** What is told of a host, once, whichever call it is. */
interface Told {
  readonly key: string;
  readonly outcome: string;
  readonly stdout?: string;
}

type Call = 'execute' | 'each' | 'stream';

/** One call on all hosts: tells of each host as it completes, and checks what is said of all of them at the end. */
async function* tellEach(
  mc: MultiConnection,
  call: Call,
  command: string,
  o: FleetOptions<HostOutcome>,
): AsyncGenerator<Told> {
  const own = { bare: true, killGrace: 10 };
  if (call === 'stream') {
    const over = new Set<string>();
    for await (const event of mc.stream(command, { ...o, ...own })) {
      expect(over.has(event.key), `an event of ${event.key} after its last`).toBe(false);
      if (!('result' in event)) continue;
      over.add(event.key);
      yield { key: event.key, outcome: event.result.outcome };
    }
    return;
  }
  if (call === 'execute') {
    const run = mc.execute(command, { ...o, ...own });
    for await (const { key, outcome, stdout } of run) yield { key, outcome, stdout };
    const result = await run;
    expect([...result.keys()]).toEqual([...mc.keys()]);
    return;
  }
  const run = mc.each(async (connection, _, { signal }) => connection.execute(command, { ...own, signal }), o);
  for await (const { key, outcome, error, value } of run) {
    yield { key, outcome: outcome ?? value?.outcome ?? outcomeOf(error) };
  }
  expect([...(await run).keys()]).toEqual([...mc.keys()]);
}

const plans = fc.record({
  calls: fc.array(fc.constantFrom<Call>('execute', 'each', 'stream'), { minLength: 1, maxLength: 3 }),
  batchSize: fc.constantFrom(1, 7, 100, 2000),
  connectConcurrency: fc.constantFrom(1, 8, 32),
  maxConnections: fc.constantFrom(undefined, 3, 50),
  timeout: fc.constantFrom(undefined, 30),
  ending: fc.constantFrom('none', 'abort', 'close'),
  /** After how many results of the first call. */
  after: fc.nat(HOSTS - 1),
  /** How hosts are, over and over. */
  natures: fc.array(fc.record({ manner: fc.constantFrom(...MANNERS), turns: fc.nat(3) }), {
    minLength: 1,
    maxLength: 20,
  }),
});

describe('a thousand hosts', () => {
  it('have one outcome each and stay within every limit, whatever fails, ends or is closed, and leave nothing', async () => {
    await fc.assert(
      fc.asyncProperty(plans, async ({ calls, ending, after, timeout, natures, ...limits }) => {
        const ledger = new Ledger();
        const names = keys(HOSTS);
        // What nothing ends would hold the call for ever.
        const natureOf = (index: number): Nature => {
          const { manner, turns } = natures[index % natures.length] ?? { manner: 'well', turns: 0 };
          const endless = manner === 'no answer' || manner === 'never ends';
          // A few are enough: each takes all of its time.
          return endless && (timeout === undefined || index % 97 > 0) ? { manner: 'well', turns } : { manner, turns };
        };
        const { maxConnections, ...others } = limits;
        const mc = MultiConnection.fromConnections(
          names.map((key, index) => new LedgerConnection(key, natureOf(index), ledger)),
          { own: true, ...others, ...(maxConnections === undefined ? {} : { maxConnections }) },
        );
        const timers = openHandles()['Timeout'] ?? 0;
        const controller = new AbortController();
        const { signal } = controller;
        const o = { signal, ...(timeout === undefined ? {} : { timeout }) };
        let closed: Promise<void> | undefined;
        const end = (): void => {
          if (ending === 'abort') controller.abort();
          if (ending === 'close') closed = mc.close();
        };

        await Promise.all(
          calls.map(async (call, number) => {
            const told = new Map<string, Told>();
            for await (const one of tellEach(mc, call, `x${number}`, o)) {
              expect(told.has(one.key), `${one.key} twice`).toBe(false);
              told.set(one.key, one);
              if (number === 0 && told.size === after + 1) end();
            }
            expect(told.size).toBe(HOSTS);
            for (const [index, key] of names.entries()) {
              const { manner } = natureOf(index);
              const possible = [OUTCOMES[manner]];
              if (timeout !== undefined) possible.push('connect', 'timeout');
              if (ending !== 'none') possible.push('aborted', 'skipped');
              const { outcome, stdout } = told.get(key) ?? {};
              expect(possible, `${key}, ${manner}`).toContain(outcome);
              if (outcome === 'exit' && stdout !== undefined) expect(stdout).toBe(key);
            }
          }),
        );
        await closed;
        await mc.close();

        calls.forEach((_, number) => {
          expect(ledger.running(`x${number}`).most).toBeLessThanOrEqual(limits.batchSize);
        });
        expect(ledger.mostBegun).toBeLessThanOrEqual(1);
        expect(ledger.handshakes.most).toBeLessThanOrEqual(limits.connectConcurrency);
        expect(ledger.links.most).toBeLessThanOrEqual(maxConnections ?? HOSTS);
        expect(ledger.links.now).toBe(0);
        expect(getEventListeners(signal, 'abort')).toEqual([]);
        await waitUntil('no timer to be left', () => (openHandles()['Timeout'] ?? 0) <= timers + 1);
      }),
      { numRuns: 8, endOnFailure: true },
    );
  }, 120_000);
});
