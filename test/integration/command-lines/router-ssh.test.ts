import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CliConnection } from '../../../src/connection/cli-connection.js';
import { describeReal, type Frr, openHandles, startFrr } from '../../rigs/rigs.js';

describeReal(['frr'], 'a router behind ssh', () => {
  let router: Frr;

  beforeAll(async () => {
    router = await startFrr();
  });

  afterAll(async () => {
    await router.stop();
  });

  function vtysh(): CliConnection {
    const { host, sshPort: port, user: username, knownHosts, identity: privateKey } = router;
    return new CliConnection({
      target: { host, port, username, knownHosts, privateKey, sshConfig: false, agent: false },
    });
  }

  it('is recognised by its banner, and gives the text of a command alone', async () => {
    await using vty = vtysh();
    const { stdout, status, ok } = await vty.execute('show interface brief');
    expect(stdout).toMatch(/^Interface\s+Status[\s\S]*\nlo\s+up\s+default/);
    expect(stdout).not.toContain('Router#');
    expect({ platform: vty.platform?.name, mode: vty.mode, status, ok }).toEqual({
      platform: 'frr',
      mode: 'enable',
      status: null,
      ok: true,
    });
  });

  it('is configured, and is left in the mode that it was in, also after a line that it refuses', async () => {
    await using vty = vtysh();
    await vty.configure(['interface eth0', 'description uplink']);
    expect(String(await vty.execute('show running-config'))).toContain('description uplink');
    const error = await vty.configure(['hostname Other', 'bogus', 'hostname Never']).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'ERR_HAWSER_COMMAND', message: expect.stringContaining('bogus: % Unknown') });
    expect({ mode: vty.mode, hostname: vty.hostname }).toEqual({ mode: 'enable', hostname: 'Other' });
    await vty.configure('hostname Router');
  });

  it('is enabled already, and reads on where a pager shows its text', async () => {
    await using vty = vtysh();
    await vty.enable();
    await vty.execute('terminal paginate');
    const text = String(await vty.execute('show running-config'));
    expect(text).toMatch(/hostname Router[\s\S]*end\n$/);
  });

  it('has files and a second shell as far as the server gives them', async () => {
    await using vty = vtysh();
    await vty.connect();
    const shell = await vty.shell();
    await shell.expect('Router#', { timeout: 10_000 });
    expect(String(await vty.execute('show version'))).toContain('FRRouting');
    await shell.close();
    const { stdout } = await vty.spawn('show version', { bare: true }).wait();
    expect(stdout).toContain('FRRouting');
  });

  it('keeps this process alive for as long as something is waited for, and no longer', async () => {
    await using vty = vtysh();
    const before = openHandles()['TCPSocketWrap'] ?? 0;
    await vty.execute('show version');
    expect(openHandles()['TCPSocketWrap'] ?? 0).toBe(before);
    const running = vty.execute('show version');
    await once(vty, 'idle');
    await running;
    expect(openHandles()['TCPSocketWrap'] ?? 0).toBe(before);
  });
});
