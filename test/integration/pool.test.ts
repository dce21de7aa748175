import { afterAll, beforeAll, expect, it } from 'vitest';
import { SshConnection } from '../../src/connection/ssh-connection.js';
import { TelnetConnection } from '../../src/connection/telnet-connection.js';
import { DisconnectedError, TimeoutError } from '../../src/core/errors.js';
import { MultiConnection } from '../../src/fleet/multi-connection.js';
import { ConnectionPool } from '../../src/pool/connection-pool.js';
import type { PoolOptions } from '../../src/pool/pool-options.js';
import { describeReal, type Frr, type Sshd, startFrr, startSshd, waitUntil } from '../rigs/rigs.js';
import { lockMethods } from '../unit/core/lock-methods.js';

/** The same numbers each time, in no order: which sessions die is not left to chance (a linear congruence, as of `rand`(3)). */
function numbers(seed: number): (below: number) => number {
  let last = seed;
  return (below) => {
    last = (last * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor(last / 65_536) % below;
  };
}

/** Ends a process of the server that carries a connection. It may have ended by itself. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {}
}

describeReal(['sshd'], 'a pool of connections to OpenSSH', () => {
  let sshd: Sshd;

  beforeAll(async () => {
    sshd = await startSshd({ config: { MaxStartups: '100' } });
  });

  afterAll(() => sshd.stop());

  function makePool(o: Partial<PoolOptions<SshConnection>> = {}): ConnectionPool<SshConnection> {
    const { host, port, user: username, knownHosts, identity: privateKey } = sshd;
    const target = { host, port, username, knownHosts, privateKey, sshConfig: false, agent: false } as const;
    const model = new SshConnection({ target });
    // Clones share what the model has read, and how many handshakes it may have under way.
    return new ConnectionPool(() => model.clone(), { size: 5, reconnect: { delay: 5 }, ...o });
  }

  it('serves a hundred calls in order while its connections are killed, and mixes up nothing', async () => {
    await using pool = makePool();
    const below = numbers(4);
    const sessions = new Set<number>();
    const begun: number[] = [];
    let deaths = 0;
    const call = (i: number): Promise<string> =>
      pool.use(async (worker) => {
        begun.push(i);
        const first = await worker.execute(`echo ${i} $PPID`);
        const [name, session] = first.stdout.split(' ').map(Number);
        expect(name).toBe(i);
        sessions.add(Number(session));
        if (below(8) === 0) {
          // One's own, in the middle of what follows, or another's.
          const victims = [...sessions];
          const victim = below(2) === 0 ? Number(session) : Number(victims[below(victims.length)]);
          sessions.delete(victim);
          deaths += 1;
          kill(victim);
        }
        const { stdout } = await worker.execute(`echo ${i}; sleep 0.02; echo ${i}`, { check: true });
        return stdout;
      });
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, (_, i) => call(i)));
    expect(begun).toEqual(outcomes.map((_, i) => i));
    for (const [i, outcome] of outcomes.entries()) {
      if (outcome.status === 'fulfilled') expect(outcome.value).toBe(`${i}\n${i}\n`);
      else expect(outcome.reason).toBeInstanceOf(DisconnectedError);
    }
    expect(deaths).toBeGreaterThan(4);
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(50);
    expect(pool.stats).toMatchObject({ leased: 0, waiting: 0 });
    expect(pool.stats.replaced).toBeGreaterThan(0);
    expect(pool.workers.length).toBeLessThanOrEqual(5);
  });

  it('comes back by itself when the server has been restarted', async () => {
    await using pool = makePool({ size: 3 });
    await pool.connect();
    // A login is followed by a fork of the server's: one that is on its way may outlive the server.
    await Promise.all(pool.workers.map((worker) => worker.execute('true')));
    await sshd.restart();
    await waitUntil('all workers are lost', () => pool.stats.idle === 0);
    const results = await Promise.all(['a', 'b', 'c', 'd'].map((name) => pool.execute(['echo', name])));
    expect(results.map(({ stdout }) => stdout)).toEqual(['a\n', 'b\n', 'c\n', 'd\n']);
    expect(pool.stats.replaced).toBe(3);
  });

  it('replaces a connection whose command was cut short, and validates and resets the others', async () => {
    let reset = 0;
    await using pool = makePool({
      size: 1,
      validate: async (worker) => (await worker.execute('true')).ok,
      reset: async (worker) => {
        await worker.execute('rm -f /tmp/hawser-pool-nothing', { check: true });
        reset += 1;
      },
    });
    const first = await pool.execute('echo $PPID');
    await expect(pool.execute('sleep 60', { timeout: 50 })).rejects.toThrow(TimeoutError);
    const second = await pool.execute('echo $PPID');
    expect(second.stdout).not.toBe(first.stdout);
    await waitUntil('the worker is back', () => pool.stats.idle === 1);
    expect([pool.stats.replaced, reset]).toEqual([1, 2]);
  });

  it('stands in a fleet, transfers and forwards, as one connection', async () => {
    const pool = makePool({ size: 2 });
    await using fleet = MultiConnection.fromConnections([pool], { own: true });
    const [whoami, hostname] = await Promise.all([fleet.execute('id -un'), fleet.os.platform()]);
    expect(whoami.get(pool.key)?.stdout).toBe(`${sshd.user}\n`);
    expect(hostname.get(pool.key)?.value).toBe('linux');
    const forward = await pool.forward({ type: 'local', listen: { host: '127.0.0.1', port: 0 }, to: sshd });
    expect(pool.stats.leased).toBe(1);
    await forward.close();
    await waitUntil('the worker is back', () => pool.stats.leased === 0);
    const stream = await pool.dial(sshd);
    // The server has sent its banner, which nobody reads.
    stream.destroy();
    await waitUntil('the worker is back', () => pool.stats.leased === 0);
    expect(pool.stats.replaced).toBe(0);
  });

  it('starts no more connections than calls need', async () => {
    await using pool = makePool({ size: 5 });
    for (let i = 0; i < 3; i += 1) await pool.execute('true');
    expect(pool.workers).toHaveLength(1);
    await pool.connect();
    expect(pool.stats.idle).toBe(5);
  });
});

describeReal(['frr'], 'a router by telnet that many share', () => {
  let router: Frr;

  beforeAll(async () => {
    router = await startFrr();
  });

  afterAll(() => router.stop());

  function telnet(threadSafe = false): TelnetConnection {
    const { host, port, vtyPassword: password, enablePassword } = router;
    return new TelnetConnection({ enablePassword, target: { host, port, password, threadSafe } });
  }

  /** A command whose answer names it: zebra repeats what it does not know. */
  const question = (i: number): string => `show interface nothing${i}`;

  it('gives each of 20 tasks on one connection exactly its own answer', async () => {
    await using vty = telnet(true);
    const results = await Promise.all(Array.from({ length: 20 }, (_, i) => vty.execute(question(i))));
    for (const [i, { stdout }] of results.entries()) expect(stdout).toMatch(new RegExp(`\\bnothing${i}\\b`));
  });

  it('gives each of 20 tasks exactly its own answer by locked methods, which send and receive as others do', async () => {
    class Router extends TelnetConnection {
      /** Sends a command by hand, and reads until the next prompt. */
      async ask(command: string): Promise<string> {
        await this.sendLine(command);
        const { before } = await this.expect(/\n[\w.-]+[>#] ?$/);
        return before;
      }

      async askAll(commands: readonly string[]): Promise<string[]> {
        return Promise.all(commands.map((command) => this.ask(command)));
      }
    }
    lockMethods(Router, ['ask', 'askAll']);
    const { host, port, vtyPassword: password } = router;
    await using vty = new Router({ target: { host, port, password } });
    await vty.connect();
    const asked = Array.from({ length: 20 }, (_, i) => question(i));
    const answers = await Promise.all([vty.askAll(asked.slice(0, 5)), ...asked.slice(5).map((one) => vty.ask(one))]);
    for (const [i, answer] of answers.flat().entries()) expect(answer).toMatch(new RegExp(`^.*nothing${i}\\b`));
  });

  it('lets several commands of one task stay together by its lock, which its services enter again', async () => {
    await using vty = telnet(true);
    const log: string[] = [];
    const both = (name: string): Promise<void> =>
      vty.lock.runExclusive(async () => {
        await vty.execute('show version');
        log.push(`${name} 1`);
        await Promise.all([vty.execute(question(1)), vty.execute(question(2))]);
        log.push(`${name} 2`);
      });
    await Promise.all([both('a'), both('b'), both('c')]);
    expect(log).toEqual(['a 1', 'a 2', 'b 1', 'b 2', 'c 1', 'c 2']);
  });

  it('gives each of 20 calls to a pool its own answer, and configures through a free worker', async () => {
    await using pool = ConnectionPool.of(() => telnet(), { size: 3 });
    const results = await Promise.all(Array.from({ length: 20 }, (_, i) => pool.execute(question(i))));
    for (const [i, { stdout }] of results.entries()) expect(stdout).toMatch(new RegExp(`\\bnothing${i}\\b`));
    await expect(pool.configure(['hostname Pooled'])).resolves.toMatchObject({ ok: true });
    await pool.configure(['hostname Router']);
    expect(pool.stats).toMatchObject({ replaced: 0, leased: 0 });
  });
});
