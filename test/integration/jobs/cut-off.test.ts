import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { getScheduler } from '../../../src/jobs/get-scheduler.js';
import type { JobSpec } from '../../../src/jobs/job-spec.js';
import { Machine } from '../../../src/jobs/machine.js';
import { SessionCache } from '../../../src/session/session-cache.js';
import { describeReal, type Sshd, startSshd } from '../../rigs/rigs.js';
import { type CuttingProxy, startCuttingProxy } from '../transfer/cutting-proxy.js';

/** At how many points of a submission, spread over all of it, something happens. */
const CUTS = 24;
const KILLS = 10;
const AT_ONCE = 6;
const PACE = { pollInterval: 50, pollFloor: 20, grace: 0 } as const;

/** Submits one job, in a process of its own. */
const CLIENT = `
const [dist, given] = process.argv.slice(1);
const { SessionCache } = await import(dist + '/index.js');
const { getScheduler, Machine } = await import(dist + '/jobs/index.js');
const { machine, spec, options } = JSON.parse(given);
await getScheduler(new Machine(machine), { sessions: new SessionCache(), ...options }).submit(spec);
`;

describeReal(['sshd'], 'a submission that is cut off anywhere', () => {
  const dist = fileURLToPath(new URL('../../../dist', import.meta.url));
  let server: Sshd;
  let journal: string;
  let workdir: string;
  beforeAll(async () => {
    server = await startSshd({ keys: ['ed25519'], config: { MaxStartups: '100', MaxSessions: '50' } });
    journal = await mkdtemp(join(tmpdir(), 'hawser-journal-'));
    workdir = `~/cut-off-${journal.slice(-6)}`;
  });
  afterAll(async () => {
    await using sessions = new SessionCache();
    const session = await sessions.get(machine(server.port).target ?? 'local:');
    await session.fs.rm(workdir, { recursive: true, force: true });
    await rm(journal, { recursive: true, force: true });
    await server?.stop();
  });

  const machine = (port: number): Machine =>
    new Machine({
      name: 'cluster1',
      workdir,
      host: '127.0.0.1',
      port,
      username: server.user,
      auth: {
        privateKey: server.identity,
        // The relays' ports are in no file.
        hostKey: 'insecure-accept-any',
        sshConfig: false,
        agent: false,
      },
    });
  const spec = (name: string): JobSpec => ({
    name,
    directory: name,
    command: 'cat input many/* >>runs',
    inputs: { input: 'ran\n', ...Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`many/${i}`, ''])) },
  });

  /** Whoever asks for the job after what happened finds it, or submits it: it has run once when it has ended. */
  const expectOneRun = async (port: number, name: string): Promise<void> => {
    await using sessions = new SessionCache();
    const scheduler = getScheduler(machine(port), { sessions, journal, ...PACE });
    const job = await scheduler.submit(spec(name));
    const { state } = await job.wait();
    const session = await sessions.get(machine(port).target ?? 'local:');
    const runs = await session.fs.readFile(`${workdir}/${name}/runs`, 'utf8');
    const attached = await scheduler.attach(name);
    expect({ name, state, runs, id: attached.id }).toEqual({ name, state: 'done', runs: 'ran\n', id: job.id });
  };

  /** How much goes over the line for a submission to which nothing happens. */
  const wholeOf = async (submit: (port: number) => Promise<void>): Promise<number> => {
    await using proxy = await startCuttingProxy(server.port);
    await submit(proxy.port);
    return proxy.carried;
  };

  it('by its link runs once', async () => {
    const submit = async (port: number, name: string): Promise<void> => {
      await using sessions = new SessionCache({ reconnect: { delay: 10, maxDelay: 50 } });
      // What it throws, if it does, is for the caller to see; the job is found below all the same.
      await getScheduler(machine(port), { sessions, journal, ...PACE })
        .submit(spec(name))
        .catch(() => undefined);
    };
    const whole = await wholeOf((port) => submit(port, 'cut-whole'));
    let happened = 0;
    await inLanes(pointsIn(whole, CUTS), async (bytes) => {
      const name = `cut-${bytes}`;
      await using proxy = await startCuttingProxy(server.port);
      cutOnce(proxy, bytes, () => {
        happened += 1;
      });
      await submit(proxy.port, name);
      proxy.cutAfter(Number.POSITIVE_INFINITY);
      await expectOneRun(proxy.port, name);
    });
    expect(happened).toBeGreaterThan(CUTS / 2);
  }, 240_000);

  it('by the end of its client runs once', async () => {
    const submit = async (port: number, name: string, until: (kill: () => void) => void): Promise<void> => {
      const given = { machine: machine(port).record, spec: spec(name), options: { journal, ...PACE } };
      const args = ['--input-type=module', '-e', CLIENT, dist, JSON.stringify(given)];
      const client = spawn(process.execPath, args, { stdio: 'ignore' });
      until(() => client.kill('SIGKILL'));
      await once(client, 'close');
    };
    const whole = await wholeOf((port) => submit(port, 'kill-whole', () => {}));
    let happened = 0;
    await inLanes(pointsIn(whole, KILLS), async (bytes) => {
      const name = `kill-${bytes}`;
      let kill = (): void => {};
      await using proxy = await startCuttingProxy(server.port);
      cutOnce(proxy, bytes, () => {
        happened += 1;
        kill();
      });
      await submit(proxy.port, name, (end) => {
        kill = end;
      });
      proxy.cutAfter(Number.POSITIVE_INFINITY);
      await expectOneRun(proxy.port, name);
    });
    expect(happened).toBeGreaterThan(KILLS / 2);
  }, 240_000);
});

/** Cuts the line after so many bytes; from then on it carries everything. */
function cutOnce(proxy: CuttingProxy, bytes: number, then: () => void): void {
  proxy.cutAfter(bytes, () => {
    proxy.cutAfter(Number.POSITIVE_INFINITY);
    then();
  });
}

/** Random points, spread over all of it. */
function pointsIn(whole: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.max(1, Math.floor(((i + Math.random()) * whole) / count)));
}

async function inLanes<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const lane = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}
