import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeReal, type Frr, type Sshd, startFrr, startSshd } from '../rigs/rigs.js';
import { type Ended, hawser, onTerminal } from './hawser-process.js';

describeReal(['sshd', 'frr'], 'hawser -T on a server and a router', () => {
  let sshd: Sshd;
  let frr: Frr;
  let directory: string;

  beforeAll(async () => {
    [sshd, frr] = await Promise.all([startSshd({ keys: ['ed25519'] }), startFrr({ name: 'core1' })]);
    directory = await mkdtemp(join(tmpdir(), 'hawser-cli-testbed-'));
  });

  afterAll(async () => {
    await Promise.all([sshd?.stop(), frr?.stop()]);
    if (directory !== undefined) await rm(directory, { recursive: true });
  });

  /** Writes a testbed with a server, a router by telnet and the same router by SSH, its password as `secret` says. */
  async function put(name: string, secret: string = frr.vtyPassword, more = ''): Promise<string> {
    const file = join(directory, name);
    await writeFile(
      file,
      `testbed:
  name: lab
  credentials:
    default: { username: ${sshd.user} }
devices:
  server:
    os: linux
    connections:
      ssh: { protocol: ssh, ip: 127.0.0.1, port: ${sshd.port}, privateKey: ${sshd.identity}, knownHosts: ${sshd.knownHosts} }
  core1:
    alias: edge
    os: frr
    credentials: { default: { password: '${secret}' }, enable: { password: ${frr.enablePassword} } }
    connections:
      defaults: { class: unicon.Unicon }
      vty: { protocol: telnet, ip: 127.0.0.1, port: ${frr.port} }
      ssh:
        protocol: ssh
        ip: 127.0.0.1
        port: ${frr.sshPort}
        privateKey: ${frr.identity}
        knownHosts: ${frr.knownHosts}
        credentials: { default: { username: ${frr.user} } }
${more}`,
    );
    return file;
  }

  const run = (file: string, ...args: string[]): Promise<Ended> => hawser(['run', '-T', file, '-F', 'none', ...args]);

  it('runs a command on the devices that are chosen, and shows what they say as it shows hosts', async () => {
    const file = await put('lab.yaml');
    const { status, stdout, stderr } = await run(file, '-H', 'core1', '--', 'show', 'version');
    expect(stderr).toMatch(/1 of 1 ok/u);
    expect(stdout).toContain('core1');
    expect(stdout).toMatch(/FRRouting|Zebra|Quagga/iu);
    expect(stdout).not.toMatch(/Password|core1[>#] /u);
    expect(status).toBe(0);
  });

  it('runs on all of them, each in its own way, and fails a device alone', async () => {
    const file = await put('lab.yaml');
    const { status, stdout } = await run(file, '--output', 'json', '--', 'show version');
    const { results } = JSON.parse(stdout);
    expect(results).toMatchObject([
      { key: 'server', outcome: 'exit', ok: false, stderr: expect.stringContaining('not found') },
      { key: 'core1', outcome: 'exit', ok: true, status: null, stderr: '' },
    ]);
    expect(status).toBe(1);
  });

  it('says that a device refused a command, which has no status', async () => {
    const { status, stdout } = await run(await put('lab.yaml'), '-H', 'core1', '--', 'show nonsense');
    expect([status, stdout]).toEqual([1, expect.stringMatching(/core1 │ %.*\ncore1 ✗ refused by the device\n/u)]);
  });

  it('takes a name, an alias, a pattern and a range, and leaves out what is excluded', async () => {
    const file = await put('lab.yaml');
    const names = async (...args: string[]): Promise<string> => (await hawser(['hosts', '-T', file, ...args])).stdout;
    expect(await names()).toBe('core1\nserver\n');
    expect(await names('edge')).toBe('core1\n');
    expect(await names('-H', 'c*,server', '-x', 'edge')).toBe('server\n');
    expect(await names('--count', 'core[1]')).toBe('1\n');
    const { status, stderr } = await hawser(['hosts', '-T', file, 'core2']);
    expect([status, stderr]).toEqual([2, 'hawser: The testbed has no device "core2"; did you mean core1?\n']);
  });

  it('checks how far each device can be reached', async () => {
    const { status, stdout } = await hawser(['check', '-T', await put('lab.yaml'), '-F', 'none']);
    expect(stdout).toMatch(
      new RegExp(`^core1   127\\.0\\.0\\.1:${frr.port}: tcp ok .*a prompt, and nothing else`, 'mu'),
    );
    expect(stdout).not.toContain('by way of');
    expect(stdout).toMatch(/^server .*exec ok/mu);
    expect(status).toBe(0);
  });

  it('sends files to devices that have any, and says of the others that they have none', async () => {
    const file = await put('lab.yaml');
    const local = join(directory, 'sent');
    await writeFile(local, 'sent\n');
    const sent = await hawser(['put', '-T', file, '-F', 'none', local, `/tmp/hawser-testbed-${process.pid}`]);
    expect(sent.status).toBe(1);
    expect(sent.stderr + sent.stdout).toMatch(/1 host(s)? done, 1 failed/u);
    const read = await run(
      file,
      '-H',
      'server',
      '--',
      `cat /tmp/hawser-testbed-${process.pid}; rm /tmp/hawser-testbed-${process.pid}`,
    );
    expect(read.stdout).toContain('sent');
  });

  it('runs again on the devices that failed', async () => {
    const file = await put('lab.yaml');
    const kept = { HAWSER_NO_RECORD: '', XDG_STATE_HOME: join(directory, 'state') };
    const first = await hawser(['run', '-T', file, '-F', 'none', '--', 'show version'], undefined, kept);
    expect(first.status).toBe(1);
    const again = await hawser(['run', '--retry-failed', '--', 'uname'], undefined, kept);
    expect(again.stdout).toContain('Linux');
    expect(again.stdout).not.toContain('core1');
    expect(again.status).toBe(0);
  });

  it('tells the place of what is wrong in the file, before anything is opened', async () => {
    const slip = await put('slip.yaml', 'x', '  r9: { connections: { cli: { prot0col: ssh } } }\n');
    const { status, stdout, stderr } = await run(slip, '--', 'show version');
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/slip\.yaml:24:31: .*"prot0col"; did you mean "protocol"\?/u);
  });

  it('tells of what a device is odd in, and counts one without a class that there is as not connected', async () => {
    const odd = `  odd:
    connections:
      defaults: { via: [gone, there] }
      gone: { protocol: local, class: nosuch }
      there: { protocol: local }
  two:
    os: linux
    connections:
      defaults: { via: [gone, there] }
      gone: { protocol: ssh, ip: 127.0.0.1, port: 1 }
      there: { protocol: local }
`;
    const { stderr } = await run(await put('odd.yaml', frr.vtyPassword, odd), '-H', 'odd,two', '--', 'true');
    expect(stderr).toContain('two: Could not connect to two via gone: ');
    expect(stderr).toMatch(/1 of 2 ok, 1 unreachable/u);
    expect(stderr).not.toContain('unknown');
  });

  it('fails a device alone whose password cannot be had here, and tells the place', async () => {
    const file = await put('ask.yaml', '%ASK{the password of core1}');
    const { stdout } = await run(file, '--output', 'json', '--', 'uname');
    expect(JSON.parse(stdout).results).toMatchObject([
      { key: 'server', ok: true },
      {
        key: 'core1',
        outcome: 'connect',
        error: { message: expect.stringMatching(/ask\.yaml:13:42: .*nobody to ask/u) },
      },
    ]);
  });

  it('refuses flags that would say what the file says', async () => {
    const file = await put('lab.yaml');
    for (const flags of [
      ['-p', '22'],
      ['-J', 'x'],
      ['-g', 'web'],
      ['-f', '/dev/null'],
    ]) {
      const { status, stderr } = await run(file, ...flags, '--', 'true');
      expect([status, stderr]).toEqual([2, expect.stringContaining('with a testbed')]);
    }
  });

  it('asks on the terminal for what the file leaves to be asked, once', async () => {
    const file = await put('ask.yaml', '%ASK{the password of core1}');
    const shown = await onTerminal(
      ['run', '-T', file, '-F', 'none', '-H', 'core1', '--', 'show version'],
      [['the password of core1:', frr.vtyPassword]],
    );
    expect(shown).toMatch(/1 of 1 ok/u);
    expect(shown).not.toContain(frr.vtyPassword);
  });

  it('reaches a device through another, by SSH and by telnet', async () => {
    const through = `  inner:
    os: frr
    credentials: { default: { password: ${frr.vtyPassword} } }
    connections:
      vty: { protocol: telnet, ip: 127.0.0.1, port: ${frr.port}, proxy: server }
  inner-ssh:
    os: linux
    connections:
      ssh: { ip: 127.0.0.1, port: ${sshd.port}, proxy: server, privateKey: ${sshd.identity}, knownHosts: ${sshd.knownHosts} }
`;
    const file = await put('through.yaml', frr.vtyPassword, through);
    const { status, stdout, stderr } = await run(
      file,
      '-H',
      'inner,inner-ssh',
      '--output',
      'json',
      '--',
      'show version',
    );
    expect(stderr).not.toMatch(/Cannot|refused/u);
    expect(JSON.parse(stdout).results).toMatchObject([
      { key: 'inner', ok: true },
      { key: 'inner-ssh', outcome: 'exit', status: 127 },
    ]);
    expect(status).toBe(1);
  });
});
