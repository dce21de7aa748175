import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LocalConnection } from '../../src/connection/local-connection.js';
import { SshConnection } from '../../src/connection/ssh-connection.js';
import { MultiConnection } from '../../src/fleet/multi-connection.js';
import type { Target } from '../../src/inventory/target.js';
import { describeReal, openSockets, type Sshd, startSshd } from '../rigs/rigs.js';

/** Which connection a command came over: the client's address and port (ssh(1), SSH_CONNECTION). */
const WHICH = 'echo "$SSH_CONNECTION"';

describeReal(['sshd'], 'a fleet as a map, on a real server', () => {
  let sshd: Sshd;
  let directory: string;

  beforeAll(async () => {
    sshd = await startSshd({ anyLoopback: true });
    directory = await mkdtemp(join(tmpdir(), 'hawser-fleet-map-'));
    // The server's user is another one.
    await chmod(directory, 0o777);
  });

  afterEach(() => MultiConnection.removeHosts(['web', 'gate', 'behind', '127.0.0.3']));

  afterAll(async () => {
    await sshd?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const target = (key: string, host = '127.0.0.1'): Target => ({
    key,
    host,
    port: sshd.port,
    username: sshd.user,
    privateKey: sshd.identity,
    knownHosts: sshd.knownHosts,
    sshConfig: false,
    agent: false,
  });

  describe('a pool of two', () => {
    it.each([
      true,
      false,
    ])('is not held up by a copy on the one that get() gave out (threadSafe: %s)', async (threadSafe) => {
      await using mc = new MultiConnection([target('s'), target('s')], { threadSafe });
      await mc.connect();
      const first = mc.get('s');
      let begun = (): void => {};
      const underway = new Promise<void>((resolve) => {
        begun = resolve;
      });
      let open = (): void => {};
      const gate = new Promise<void>((resolve) => {
        open = resolve;
      });
      const source = Readable.from(
        (async function* () {
          yield 'one half, ';
          begun();
          await gate;
          yield 'and the other';
        })(),
      );
      const file = join(directory, `copy-${threadSafe}`);
      let copied = false;
      const copy = first?.fs.writeFile(file, source).then(() => {
        copied = true;
      });
      await Promise.race([underway, copy]);
      const second = mc.get('s');
      expect(second).not.toBe(first);
      const ports = new Set<string>();
      for (let i = 0; i < 5; i += 1) {
        const result = (await mc.execute(WHICH)).get('s');
        expect(result).toMatchObject({ ok: true });
        ports.add(result?.stdout ?? '');
      }
      expect([...ports]).toEqual([(await second?.execute(WHICH))?.stdout]);
      expect(await second?.fs.exists('/')).toBe(true);
      expect(copied).toBe(false);
      const third = mc.get('s');
      expect(third).toBe(first);
      const afterwards = third?.execute('true').then(() => copied);
      // One that is threadSafe does one thing after the other; any other one does both at once.
      if (!threadSafe) expect(await afterwards).toBe(false);
      open();
      await copy;
      if (threadSafe) expect(await afterwards).toBe(true);
      expect(await readFile(file, 'utf8')).toBe('one half, and the other');
    });

    it('has its two work at once where two calls are under way', async () => {
      await using mc = new MultiConnection([target('s'), target('s')]);
      const [one, other] = await Promise.all([mc.execute(WHICH), mc.execute(WHICH)]);
      expect(one.get('s')?.stdout).not.toBe(other.get('s')?.stdout);
    });
  });

  it('has its own connections closed that leave it, and those that are handed over left open', async () => {
    const before = (await openSockets()).length;
    const mc = new MultiConnection([target('a'), target('b', '127.0.0.2'), target('b', '127.0.0.2')]);
    await mc.connect();
    let reached = (): void => {};
    const begun = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const running = mc.executeMap({ b: 'echo begun; sleep 600' }, { onStdout: () => reached() });
    const popped = mc.pop('a');
    await begun;
    expect(await mc.deleteAll('b')).toBe(2);
    expect((await running).get('b')).toMatchObject({ outcome: 'aborted', stdout: 'begun\n' });
    await mc.close();
    expect((await popped?.execute('echo still here'))?.stdout).toBe('still here\n');
    await popped?.close();
    expect((await openSockets()).length).toBe(before);
  });

  it('mixes this machine with others, by targets and by lists of answers', async () => {
    await using mc = new MultiConnection([target('far'), 'local:', 'near'], {
      local: [false, false, true],
      threadSafe: [true, false, true],
      defaults: { agent: false },
    });
    expect([...mc.values()].map((one) => one.constructor)).toEqual([SshConnection, LocalConnection, LocalConnection]);
    expect([...mc.values()].map((one) => one.target.threadSafe)).toEqual([true, false, true]);
    const result = await mc.execute(`${WHICH}; cat`, { input: 'x' });
    expect([...result.values()].map(({ ok }) => ok)).toEqual([true, true, true]);
    expect(result.get('far')?.stdout).toMatch(/^127\.0\.0\.1 \d+ 127\.0\.0\.1 \d+\nx$/);
    await using clone = mc.clone();
    expect((await clone.execute('true')).ok).toBe(true);
  });

  describe('a host that was added', () => {
    it('is reached under its alias, and by what the target adds', async () => {
      MultiConnection.addHosts([
        {
          host: 'web',
          hostName: '127.0.0.2',
          port: sshd.port,
          user: sshd.user,
          identityFile: sshd.identity,
          userKnownHostsFile: sshd.knownHosts,
        },
        { host: 'behind', hostName: '127.0.0.3', user: 'nobody-there', proxyJump: 'web' },
      ]);
      await using mc = new MultiConnection(['web', `${sshd.user}@behind:${sshd.port}`], {
        defaults: { agent: false, privateKey: sshd.identity, knownHosts: sshd.knownHosts },
      });
      const result = await mc.execute(WHICH);
      result.throwIfAnyFailed();
      expect(result.get('web')?.stdout).toContain(`127.0.0.2 ${sshd.port}`);
      expect(result.get(`${sshd.user}@behind:${sshd.port}`)?.stdout).toContain(`127.0.0.3 ${sshd.port}`);
      expect(mc.get('web')?.id).toBe(`${sshd.user}@127.0.0.2:${sshd.port}`);
    });

    it('stands above ssh_config, which says the rest', async () => {
      const config = join(directory, 'config');
      await writeFile(
        config,
        `Host web\n HostName 127.0.0.9\n Port 1\n User ${sshd.user}\nHost *\n IdentityFile ${sshd.identity}\n`,
        { mode: 0o600 },
      );
      // As in the old Python: by the host name alone, all in lower case.
      MultiConnection.addHosts({
        hostname: '127.0.0.3',
        port: sshd.port,
        user: sshd.user,
        identityfile: sshd.identity,
      });
      MultiConnection.addHosts({ host: 'web', hostname: '127.0.0.2', port: sshd.port });
      await using mc = new MultiConnection(['web', '127.0.0.3'], {
        defaults: { sshConfig: config, agent: false, knownHosts: sshd.knownHosts },
      });
      const result = await mc.execute(WHICH);
      result.throwIfAnyFailed();
      expect(result.get('web')?.stdout).toContain(`127.0.0.2 ${sshd.port}`);
      MultiConnection.removeHosts('web');
      await using clone = mc.clone();
      expect((await clone.execute('true')).get('web')).toMatchObject({ outcome: 'connect' });
    });
  });
});
