import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RemoteOs } from '../../src/remote/system/remote-os.js';
import { ShellOs } from '../../src/remote/system/shell-os.js';
import { LocalTransport } from '../../src/transport/local/local-transport.js';
import { everywhere, failure, over } from './places.js';

/** What stays the same for as long as a machine runs: its every account has the same. */
async function lasting(of: RemoteOs): Promise<Record<string, unknown>> {
  const [platform, type, release, version, arch, machine, endianness, hostname, totalmem] = await Promise.all([
    of.platform(),
    of.type(),
    of.release(),
    of.version(),
    of.arch(),
    of.machine(),
    of.endianness(),
    of.hostname(),
    of.totalmem(),
  ]);
  return { platform, type, release, version, arch, machine, endianness, hostname, totalmem };
}

const expected = {
  platform: os.platform(),
  type: os.type(),
  release: os.release(),
  version: os.version(),
  arch: os.arch(),
  machine: os.machine(),
  endianness: os.endianness(),
  hostname: os.hostname(),
  totalmem: os.totalmem(),
};

/** What moves, beside what Node says of the same moment or a later one. */
async function moving(of: RemoteOs): Promise<void> {
  const [before, uptime, after] = [os.uptime(), await of.uptime(), os.uptime()];
  expect(uptime).toBeGreaterThanOrEqual(Math.floor(before));
  expect(uptime).toBeLessThanOrEqual(Math.ceil(after));
  const free = await of.freemem();
  expect(free).toBeGreaterThan(os.freemem() / 4);
  expect(free).toBeLessThan(os.totalmem());
  expect(await of.loadavg()).toEqual([expect.any(Number), expect.any(Number), expect.any(Number)]);
  const earlier = os.cpus();
  const cpus = await of.cpus();
  const later = os.cpus();
  // Newer versions of Node heed a container's share of the processors too.
  const parallel = await of.availableParallelism();
  expect(parallel >= 1 && parallel <= cpus.length).toBe(true);
  expect(cpus.map(({ model }) => model)).toEqual(earlier.map(({ model }) => model));
  for (const [i, cpu] of cpus.entries()) {
    // Kernels estimate the times of processors that sleep, and may take a tick or two back.
    expect(cpu.times.user).toBeGreaterThanOrEqual((earlier[i]?.times.user ?? Number.NaN) - 1000);
    expect(cpu.times.idle).toBeLessThanOrEqual((later[i]?.times.idle ?? Number.NaN) + 1000);
  }
}

over(everywhere, (place) => {
  describe('the system of a machine', () => {
    it('is what node:os tells of it', async () => {
      const of = (await place.shared()).os;
      expect(await lasting(of)).toEqual(expected);
      await moving(of);
    });

    it('knows the account that commands run as', async () => {
      const connection = await place.shared();
      const { stdout } = await connection.execute('echo "$(id -un) $(id -u) $(id -g) $HOME"');
      const [username, uid, gid, home] = stdout.trim().split(' ');
      const info = await connection.os.userInfo();
      expect(info).toMatchObject({ username, uid: Number(uid), gid: Number(gid) });
      expect(await connection.os.homedir()).toBe(home);
      expect(path.isAbsolute(await connection.os.tmpdir())).toBe(true);
      if (info.uid === os.userInfo().uid) expect(info).toEqual(os.userInfo());
    });

    it('may be given up', async () => {
      const signal = AbortSignal.abort();
      expect(await failure((await place.shared()).os.uptime({ signal }))).toMatchObject({ name: 'AbortError' });
    });

    it('is told of a connection that is not open yet, and again after it was', async () => {
      const connection = place.fresh();
      expect(await connection.os.hostname()).toBe(os.hostname());
      await connection.disconnect();
      expect(await connection.os.platform()).toBe(os.platform());
    });
  });
});

describe('a shell on this machine', () => {
  it('tells what node:os does, of the system and of the account', async () => {
    const site = { transport: new LocalTransport(), host: 'local', key: 'local' };
    const of = new ShellOs((work) => work(site));
    expect(await lasting(of)).toEqual(expected);
    expect(await of.userInfo()).toEqual(os.userInfo());
    expect([await of.homedir(), await of.tmpdir()]).toEqual([os.homedir(), os.tmpdir()]);
    await moving(of);
  });
});
