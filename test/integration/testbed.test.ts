import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CliConnection } from '../../src/connection/cli-connection.js';
import { AliasError, AuthError, ClosedError, ConnectError, TimeoutError } from '../../src/core/errors.js';
import { OptionError } from '../../src/core/hawser-error.js';
import { Testbed } from '../../src/manager/testbed.js';
import { ConnectionPool } from '../../src/pool/connection-pool.js';
import { describeReal, type Frr, openSockets, type Sshd, startFrr, startSshd, waitUntil } from '../rigs/rigs.js';

describeReal(['sshd'], 'a testbed on real servers', () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd.stop());

  /** One device a line: its name and the fields of its way. */
  const bedOf = (devices: Readonly<Record<string, string>>): Testbed => {
    const { identity, knownHosts, user } = sshd;
    const lines = Object.entries(devices).map(
      ([name, fields]) => `  ${name}: { os: linux, connections: { ssh: { ${fields} } } }\n`,
    );
    const yaml = `testbed: { credentials: { default: { username: ${user} } } }\ndevices:\n${lines.join('')}`;
    const defaults = { privateKey: identity, knownHosts, sshConfig: false, agent: false } as const;
    return Testbed.parse(yaml, { defaults });
  };
  const here = (): string => `protocol: ssh, ip: 127.0.0.1, port: ${sshd.port}`;

  it('connects the devices in parallel, with one result each', async () => {
    await using testbed = bedOf({ a: here(), b: here(), refused: 'ip: 127.0.0.1, port: 1' });
    const result = await testbed.connect();
    expect([...result.keys()]).toEqual(['a', 'b', 'refused']);
    expect([...result.succeeded.keys()]).toEqual(['a', 'b']);
    expect(result.get('a')?.value).toBe(testbed.devices['a']?.connection());
    expect(result.get('refused')).toMatchObject({ key: 'refused', ok: false, error: expect.any(ConnectError) });
    expect(testbed.devices['a']?.isConnected()).toBe(true);
  });

  it('runs a command on each device, connecting where that is needed, and fails a device alone', async () => {
    await using testbed = bedOf({
      a: here(),
      b: here(),
      stranger: `${here()}, username: nobody-here`,
      netconf: 'protocol: netconf, ip: 127.0.0.1, port: 830',
      rest: 'class: rest.connector.Rest, ip: 127.0.0.1',
    });
    const result = await testbed.execute('echo "$0" | wc -l; exit 3', {
      devices: ['b', 'stranger', 'netconf', 'rest'],
    });
    expect([...result.keys()]).toEqual(['b', 'stranger', 'netconf', 'rest']);
    expect(result.get('b')).toMatchObject({ key: 'b', host: '127.0.0.1', outcome: 'exit', status: 3, stdout: '1\n' });
    expect(result.get('stranger')).toMatchObject({ outcome: 'auth', error: expect.any(AuthError) });
    expect(result.get('netconf')?.error?.message).toContain('netconf');
    expect(result.get('rest')?.error?.message).toContain('rest.connector.Rest');
    expect(testbed.devices['a']?.isConnected()).toBe(false);
  });

  it('gives results as they complete, and bytes where they are asked for', async () => {
    await using testbed = bedOf({ a: here(), b: here() });
    const seen: string[] = [];
    for await (const { key, stdout } of testbed.execute('printf "\\377"', { encoding: 'buffer' })) {
      seen.push(`${key} ${stdout.toString('hex')}`);
    }
    expect(seen.sort()).toEqual(['a ff', 'b ff']);
  });

  it('works on no more devices at once than it is told', async () => {
    await using testbed = bedOf({ a: here(), b: here(), c: here() });
    (await testbed.connect()).throwIfAnyFailed();
    const lock = `/tmp/hawser-testbed-${process.pid}`;
    const result = await testbed.execute(`mkdir ${lock} && sleep 0.05; rmdir ${lock}`, { batchSize: 1 });
    expect(result.ok).toBe(true);
  });

  it('ends what takes too long on a device, and what the caller gives up', async () => {
    await using testbed = bedOf({ a: here(), b: here() });
    (await testbed.connect()).throwIfAnyFailed();
    const slow = await testbed.execute('sleep 60', { timeout: 200, devices: ['a'] });
    expect(slow.get('a')).toMatchObject({ outcome: 'timeout', error: expect.any(TimeoutError) });

    const controller = new AbortController();
    const run = testbed.execute('echo begun; sleep 60', {
      signal: controller.signal,
      batchSize: 1,
      onStdout: () => controller.abort(),
    });
    const result = await run;
    expect([...result.values()].map(({ outcome }) => outcome)).toEqual(['aborted', 'skipped']);
  });

  it('takes a path for all devices, or for each', async () => {
    await using testbed = Testbed.parse(
      `devices:
  a: { connections: { wrong: { ip: 127.0.0.1, port: 1 }, right: { ip: 127.0.0.1, port: ${sshd.port} } } }
  b: { connections: { wrong: { ip: 127.0.0.1, port: 1 }, other: { ip: 127.0.0.1, port: ${sshd.port} } } }
`,
      {
        defaults: {
          username: sshd.user,
          privateKey: sshd.identity,
          knownHosts: sshd.knownHosts,
          sshConfig: false,
          agent: false,
        },
      },
    );
    const one = await testbed.connect({ vias: 'right' });
    expect(one.get('a')?.ok).toBe(true);
    expect(one.get('b')?.error).toBeInstanceOf(AliasError);
    await testbed.disconnect();
    const both = await testbed.connect({ vias: ['wrong', 'right'], devices: ['a'] });
    expect(both.ok).toBe(true);
    const each = await testbed.connect({ vias: { b: ['wrong', 'other'] } });
    expect([...each.values()].map(({ ok }) => ok)).toEqual([true, true]);
    expect(testbed.devices['b']?.connection().via).toBe('other');
  });

  it('disconnects, and connects again', async () => {
    await using testbed = bedOf({ a: here(), b: here() });
    const first = (await testbed.connect()).get('a')?.value;
    expect((await testbed.disconnect({ devices: ['a'] })).ok).toBe(true);
    expect([first?.state, testbed.devices['b']?.isConnected()]).toEqual(['disconnected', true]);
    expect((await testbed.connect({ devices: ['a'] })).get('a')?.value).toBe(first);
  });

  it('reaches a device through others, which share one connection to the first of them', async () => {
    await using testbed = bedOf({
      jump: here(),
      inner: `${here()}, proxy: jump`,
      a: `${here()}, proxy: inner`,
      b: `${here()}, proxy: [jump, { device: inner }]`,
      c: `${here()}, proxy: [{ device: jump }]`,
      typed: `${here()}, proxy: { device: jump, command: telnet 10.0.0.1 }`,
    });
    const result = await testbed.execute('echo $SSH_CONNECTION', { devices: ['a', 'b', 'c', 'typed'] });
    expect([...result.succeeded.keys()]).toEqual(['a', 'b', 'c']);
    expect(result.get('typed')?.error?.message).toContain('the file says what to type there');
    // jump is shared by all; inner by itself for a, and once more on the way that b spells out; a, b and c.
    const sockets = (await openSockets()).filter(({ remote }) => remote.endsWith(`:${sshd.port}`));
    expect(sockets).toHaveLength(1);
    expect(testbed.devices['jump']?.isConnected()).toBe(false);
  });

  it('leaves no connection behind when it is closed, and runs nothing after that', async () => {
    const testbed = bedOf({ jump: here(), a: `${here()}, proxy: jump`, b: here() });
    const run = testbed.execute('echo begun; sleep 60');
    await waitUntil('b is connected', () => testbed.devices['b']?.isConnected() === true);
    await Promise.all([testbed.close(), testbed.close()]);
    expect([...(await run).values()].every(({ ok }) => !ok)).toBe(true);
    const sockets = (await openSockets()).filter(({ remote }) => remote.endsWith(`:${sshd.port}`));
    expect(sockets).toEqual([]);
    await expect(testbed.execute('true')).rejects.toThrow(ClosedError);
  });

  it('shows no secret', async () => {
    await using testbed = Testbed.parse('devices: { a: { credentials: { default: { password: hidden-word } } } }');
    expect(inspect(testbed, { depth: 10 })).not.toContain('hidden-word');
  });
});

describeReal(['frr', 'sshd'], 'a testbed of routers', () => {
  let frr: Frr;
  beforeAll(async () => {
    frr = await startFrr({ name: 'core1' });
  });
  afterAll(() => frr?.stop());

  const lab = (fields = ''): string => `
testbed: { credentials: { enable: { password: ${frr.enablePassword} } } }
devices:
  core1:
    os: frr
    credentials: { default: { password: ${frr.vtyPassword} } }
    connections: { vty: { protocol: telnet, ip: 127.0.0.1, port: ${frr.port}${fields} } }
  core2:
    os: frr
    credentials: { default: { username: ${frr.user}, password: '${frr.password}' } }
    connections: { ssh: { protocol: ssh, ip: 127.0.0.1, port: ${frr.sshPort}, knownHosts: ${frr.knownHosts}, sshConfig: false, agent: false } }
  core3:
    os: frr
    credentials: { default: { password: wrong } }
    connections: { vty: { protocol: telnet, ip: 127.0.0.1, port: ${frr.port} } }
`;

  it('logs in by telnet and by SSH with the credentials of the file, and hears each command line', async () => {
    await using testbed = Testbed.parse(lab());
    const result = await testbed.execute('show version');
    expect([...result.succeeded.keys()]).toEqual(['core1', 'core2']);
    for (const { stdout } of result.succeeded.values()) expect(stdout).toMatch(/^(FRRouting|Zebra) /u);
    expect(result.get('core3')).toMatchObject({ outcome: 'auth' });
    expect(testbed.devices['core1']?.connection()).toBeInstanceOf(CliConnection);
  });

  it('is privileged with the credential of the testbed', async () => {
    await using testbed = Testbed.parse(lab());
    (await testbed.connect({ devices: ['core1'] })).throwIfAnyFailed();
    const line = testbed.devices['core1']?.connection<CliConnection>();
    await line?.enable();
    expect(line?.mode).toBe('enable');
  });

  it('has as many connections to a device as the file says', async () => {
    await using testbed = Testbed.parse(lab(', pool_size: 2'));
    const { value } = (await testbed.connect({ devices: ['core1'] })).get('core1') ?? {};
    expect(value).toBeInstanceOf(ConnectionPool);
    const results = await Promise.all([1, 2, 3].map(() => value?.execute('show version')));
    expect(results.map((result) => result?.ok)).toEqual([true, true, true]);
  });

  it('gives results of both kinds for a testbed in which one device is gone', async () => {
    await using testbed = Testbed.parse(lab());
    (await testbed.connect({ devices: ['core1', 'core2'] })).throwIfAnyFailed();
    await frr.restart();
    const result = await testbed.execute('show version', { devices: ['core1', 'core2'], timeout: 30_000 });
    expect([...result.keys()]).toEqual(['core1', 'core2']);
    expect(result.get('core1')?.ok ? 'ok' : result.get('core1')?.outcome).toMatch(/^(ok|lost)$/u);
    const again = await testbed.execute('show version', { devices: ['core1'] });
    expect(again.ok).toBe(true);
  });
});

describe('a testbed', () => {
  const yaml = 'devices: { r1: { alias: edge, connections: { cli: { ip: 192.0.2.1 } } }, r2: {} }';

  it('has its devices by name, and by alias without listing it', () => {
    const { devices } = Testbed.parse(yaml);
    expect(Object.keys(devices)).toEqual(['r1', 'r2']);
    expect(devices['edge']).toBe(devices['r1']);
    expect(devices['constructor']).toBeUndefined();
  });

  it('refuses what cannot be meant before anything is opened', async () => {
    const testbed = Testbed.parse(yaml);
    await expect(testbed.connect({ devices: ['r3'] })).rejects.toThrow(/no device "r3"; known are r1, r2/u);
    await expect(testbed.connect({ vias: { r9: 'cli' } })).rejects.toThrow(OptionError);
    await expect(testbed.execute('x', { batchSize: 0 })).rejects.toThrow(OptionError);
    await expect(testbed.execute('', { timeout: -1 })).rejects.toThrow(OptionError);
    await expect(testbed.execute('x\0y')).rejects.toThrow(OptionError);
    expect(() => Testbed.parse(yaml, { defaults: { port: 0 } })).toThrow(OptionError);
  });

  it('fails a device that has no way alone', async () => {
    const result = await Testbed.parse(yaml).execute('x', { devices: ['r2'], timeout: 1 });
    expect(result.get('r2')).toMatchObject({ ok: false, key: 'r2' });
  });

  it('is privileged with the password that logs in, where the file has no other for that', () => {
    const enable = (more: string): unknown => {
      const { devices } = Testbed.parse(
        `devices: { r: { credentials: { default: { password: a }${more} }, connections: { a: { ip: 192.0.2.1 } } } }`,
      );
      const password = devices['r']?.instantiate().device?.credentials?.['enable']?.password;
      return typeof password === 'function' ? password() : password;
    };
    expect(enable('')).toBe('a');
    expect(enable(', enable: { password: b }')).toBe('b');
  });

  it('works on a command line where the system is none of the unixes, or the class is that of pyATS', () => {
    const classOf = (fields: string, os = 'iosxe'): unknown => {
      const { devices } = Testbed.parse(
        `devices: { r: { os: ${os}, connections: { a: { ip: 192.0.2.1, ${fields} } } } }`,
      );
      return devices['r']?.connections['a']?.class;
    };
    expect(classOf('protocol: ssh')).toBe('cli');
    expect(classOf('port: 22')).toBe('cli');
    expect(classOf('protocol: telnet')).toBeUndefined();
    expect(classOf('protocol: netconf')).toBeUndefined();
    expect(classOf('protocol: ssh', 'linux')).toBeUndefined();
    expect(classOf('class: unicon.Unicon', 'linux')).toBe('cli');
    expect(classOf('class: ssh')).toBe('ssh');
  });
});
