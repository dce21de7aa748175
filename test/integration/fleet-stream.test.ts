import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FleetEvent } from '../../src/fleet/fleet-event.js';
import type { FleetStream } from '../../src/fleet/fleet-stream.js';
import { MultiConnection } from '../../src/fleet/multi-connection.js';
import { heldMemory } from '../rigs/held-memory.js';
import { describeReal, remoteProcesses, type Sshd, startSshd, waitUntil } from '../rigs/rigs.js';

const HOSTS = 50;
const MIB = 1024 * 1024;
/**
 * The most that is held here of a host whose reader has stopped: the window of its channel (2 MiB), what may be unread
 * when it is renewed (256 KiB), the streams above it (64 KiB), and the objects for all that.
 */
const HELD = 3 * MIB;
/** The most that lies between its program and the reader: the pipe, sshd and both sockets hold some more. */
const BETWEEN = HELD + MIB;

let runs = 0;

/** A word that stands in the arguments of what one test runs, and nowhere else. */
function newMark(): string {
  runs += 1;
  return `hawser-endless-${process.pid}-${runs}`;
}

/** How much the endless programs of a test have written, each by its id. */
async function written(mark: string): Promise<Map<number, number>> {
  const programs = (await remoteProcesses(mark)).filter(({ args }) => args === `yes ${mark}`);
  const counts = programs.map(async ({ pid }): Promise<[number, number]> => {
    const text = await readFile(`/proc/${pid}/io`, 'utf8');
    return [pid, Number(/^wchar: (\d+)$/m.exec(text)?.[1])];
  });
  return new Map(await Promise.all(counts));
}

/** Whether a process sleeps in the call of the kernel by which it writes to its standard output. */
async function waitsToWrite(pid: number): Promise<boolean> {
  const [wait, io] = await Promise.all([readFile(`/proc/${pid}/wchan`, 'utf8'), readFile(`/proc/${pid}/stat`, 'utf8')]);
  return /^(anon_)?pipe_write$|^unix_|^sock_/.test(wait) || / S /.test(io);
}

function sum(counts: Iterable<number>): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}

/** Waits until all endless programs have come to a stop, and returns how much they have written together. */
async function blocked(mark: string, programs: number): Promise<number> {
  let before = -1;
  let quiet = 0;
  await waitUntil(
    'the far programs to stop writing',
    async () => {
      const counts = await written(mark);
      const total = sum(counts.values());
      const asleep = await Promise.all([...counts.keys()].map(waitsToWrite));
      const still = counts.size === programs && total === before && !asleep.includes(false);
      quiet = still ? quiet + 1 : 0;
      before = total;
      return quiet === 10;
    },
    50_000,
  );
  return before;
}

describeReal(['sshd'], 'a stream of many hosts that print without end', () => {
  let sshd: Sshd;
  let fleet: MultiConnection;

  beforeAll(async () => {
    sshd = await startSshd({ anyLoopback: true, config: { MaxStartups: '200' } });
    fleet = newFleet(HOSTS);
    (await fleet.connect({ retries: 3 })).throwIfAnyFailed();
  });

  afterAll(async () => {
    await fleet?.close();
    await sshd?.stop();
  });

  function newFleet(hosts: number): MultiConnection {
    return new MultiConnection(
      Array.from({ length: hosts }, (_, index) => ({ key: `n${index}`, host: `127.0.5.${1 + index}` })),
      {
        defaults: {
          port: sshd.port,
          username: sshd.user,
          privateKey: sshd.identity,
          knownHosts: sshd.knownHosts,
          sshConfig: false,
          agent: false,
        },
      },
    );
  }

  /** Reads until the condition holds; what was read is counted for each host. */
  async function readUntil(
    stream: FleetStream<FleetEvent<Buffer>>,
    enough: (bytes: ReadonlyMap<string, number>, total: number) => boolean,
  ): Promise<number> {
    const bytes = new Map<string, number>();
    let total = 0;
    while (!enough(bytes, total)) {
      const { value, done } = await stream.next();
      if (done) throw new Error('The stream has ended.');
      if (value.type !== 'stdout') continue;
      bytes.set(value.key, (bytes.get(value.key) ?? 0) + value.data.length);
      total += value.data.length;
    }
    return total;
  }

  it('stops their programs when it is not read, goes on when it is, and holds no more each time', async () => {
    const mark = newMark();
    const before = heldMemory();
    const stream = fleet.stream(`yes ${mark}`, { encoding: 'buffer' });
    let read = await readUntil(stream, (bytes) => bytes.size === HOSTS);
    for (let stop = 1; stop <= 2; stop += 1) {
      const wrote = await blocked(mark, HOSTS);
      expect(wrote - read).toBeLessThan(HOSTS * BETWEEN);
      expect(heldMemory() - before).toBeLessThan(HOSTS * HELD);
      // More than had ever been written: they go on, all of them.
      const already = read;
      read += await readUntil(stream, (bytes, total) => already + total > wrote && bytes.size === HOSTS);
    }
    await stream.return();
    expect(await remoteProcesses(mark)).toEqual([]);
  }, 120_000);

  it('ends them when it is aborted, be it that nobody reads, and says so of each', async () => {
    const mark = newMark();
    const controller = new AbortController();
    const stream = fleet.stream(`yes ${mark}`, { encoding: 'buffer', signal: controller.signal });
    await readUntil(stream, (bytes) => bytes.size === HOSTS);
    await blocked(mark, HOSTS);
    controller.abort();
    await waitUntil('the programs to be gone', async () => (await remoteProcesses(mark)).length === 0, 50_000);
    expect(await lastOnes(stream)).toEqual(Array(HOSTS).fill('aborted'));
  }, 120_000);

  it('ends them when its consumer throws, and when it leaves', async () => {
    const mark = newMark();
    const fault = new Error('The consumer failed.');
    const consume = async (): Promise<void> => {
      const seen = new Set<string>();
      for await (const event of fleet.stream(`yes ${mark}`)) {
        if (event.type === 'stdout') seen.add(event.key);
        if (seen.size === HOSTS) throw fault;
      }
    };
    await expect(consume()).rejects.toBe(fault);
    expect(await remoteProcesses(mark)).toEqual([]);
    for await (const event of fleet.stream(`yes ${mark}`)) if (event.type === 'stdout') break;
    expect(await remoteProcesses(mark)).toEqual([]);
  }, 120_000);

  it('ends them when the fleet is closed, be it that nobody reads', async () => {
    const mark = newMark();
    const few = newFleet(5);
    const stream = few.stream(`yes ${mark}`, { encoding: 'buffer' });
    await readUntil(stream, (bytes) => bytes.size === 5);
    await blocked(mark, 5);
    await few.close();
    expect(await remoteProcesses(mark)).toEqual([]);
    expect(await lastOnes(stream)).toEqual(Array(5).fill('aborted'));
    expect([...few.values()].map(({ state }) => state)).toEqual(Array(5).fill('closed'));
  }, 120_000);

  it('stops a program of whose two streams one alone is read', async () => {
    const mark = newMark();
    await using process = fleet.get('n0')?.spawn(`yes ${mark} & yes ${mark} >&2; wait`);
    let read = 0;
    process?.stderr.on('data', (chunk: Buffer) => (read += chunk.length));
    await waitUntil('both programs to write', async () => (await written(mark)).size === 2);
    expect((await blocked(mark, 2)) - read).toBeLessThan(BETWEEN);
  }, 120_000);

  it('gives chunks that stay as they are, whatever comes after them', async () => {
    const chunks = new Map<string, Buffer[]>();
    const files = fleet.each(({ fs }) => fs.readFile('/bin/sh'));
    for await (const event of fleet.stream('seq 100000', { encoding: 'buffer' })) {
      if (event.type === 'stdout') chunks.set(event.key, [...(chunks.get(event.key) ?? []), event.data]);
    }
    (await files).throwIfAnyFailed();
    const expected = Array.from({ length: 100_000 }, (_, i) => `${i + 1}\n`).join('');
    expect(chunks.size).toBe(HOSTS);
    for (const own of chunks.values()) expect(Buffer.concat(own).toString() === expected).toBe(true);
  }, 120_000);
});

/** Reads to the end, and tells what the last event of each host says. */
async function lastOnes(stream: AsyncIterable<FleetEvent<Buffer>>): Promise<string[]> {
  const outcomes: string[] = [];
  for await (const event of stream) if ('result' in event) outcomes.push(event.result.outcome);
  return outcomes;
}
