import { Connection, type OpenedTransport } from '../../src/connection/connection.js';
import { MultiConnection } from '../../src/fleet/multi-connection.js';
import { MemoryTransport } from '../../src/testing/memory-transport.js';
import { assignment, measured, repeat, report } from '../lib/measured.js';

/** Work on hosts that are not there. */
export interface SchedulerJob {
  readonly hosts: number;
  /** What each host writes, in bytes. */
  readonly output: number;
  /** Whether the output is streamed, or collected in results; or collected from the connections without any fleet. */
  readonly way: 'streamed' | 'collected' | 'bare';
}

const job = assignment<SchedulerJob>();
const stdout = Buffer.alloc(job.output, 'x');

class MemoryConnection extends Connection {
  get id(): string {
    return this.host;
  }

  protected override async openTransport(): Promise<OpenedTransport> {
    const transport = new MemoryTransport({ host: this.host, exec: { stdout } });
    return { transport, connectTimeout: undefined };
  }
}

/** What JavaScript holds when the garbage is gone, in KiB. */
function held(): number {
  if (gc === undefined) throw new Error('Start this program with --expose-gc.');
  gc();
  return process.memoryUsage().heapUsed / 1024;
}

async function stream(fleet: MultiConnection, seen: (hosts: number) => void): Promise<void> {
  let bytes = 0;
  let ended = 0;
  for await (const event of fleet.stream('true', { encoding: 'buffer' })) {
    if (event.type === 'stdout') bytes += event.data.length;
    if (event.type !== 'exit') continue;
    ended += 1;
    seen(ended);
  }
  if (ended !== job.hosts || bytes !== job.hosts * job.output) throw new Error(`${ended} hosts, ${bytes} bytes`);
}

async function collect(fleet: MultiConnection): Promise<void> {
  const results = await fleet.execute('true');
  results.throwIfAnyFailed();
  if (results.size !== job.hosts) throw new Error(`${results.size} hosts`);
}

/** What the commands cost by themselves, as many at once as a fleet does. */
async function bare(): Promise<void> {
  let next = 0;
  await repeat(job.hosts, 100, async () => {
    const host = hosts[next++];
    const result = await host?.execute('true');
    if (result?.ok !== true) throw new Error(`${host?.key} failed`);
  });
}

const WAYS = { streamed: () => stream(fleet, () => {}), collected: () => collect(fleet), bare };

const hosts = Array.from({ length: job.hosts }, (_, i) => new MemoryConnection({ target: { host: `node${i}` } }));
await using fleet = MultiConnection.fromConnections(hosts, { own: true });
await fleet.connect();
const { cpuMs, wallMs } = await measured(WAYS[job.way]);
let growth = 0;
if (job.way === 'streamed') {
  // Once more for the memory, since collecting garbage costs more than all the rest.
  const marks: number[] = [];
  await stream(fleet, (ended) => {
    if (ended % (job.hosts / 5) === 0 || ended === job.hosts / 10) marks.push(held());
  });
  growth = (marks.at(-1) ?? 0) - (marks[0] ?? 0);
}
report({ cpuUs: (cpuMs * 1000) / job.hosts, wallUs: (wallMs * 1000) / job.hosts, growthKiB: growth });
