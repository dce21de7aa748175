import { afterAll, beforeAll, expect, it } from 'vitest';
import { SshConnection } from '../../../src/connection/ssh-connection.js';
import { TelnetConnection } from '../../../src/connection/telnet-connection.js';
import type { Target } from '../../../src/inventory/target.js';
import { describeReal, type Sshd, startSshd, startTelnetd, type Telnetd } from '../../rigs/rigs.js';

describeReal(['telnetd', 'sshd'], 'a machine that asks for name and password by telnet', () => {
  let server: Telnetd;
  let bastion: Sshd;

  beforeAll(async () => {
    [server, bastion] = await Promise.all([startTelnetd(), startSshd()]);
  });

  afterAll(async () => {
    await Promise.all([server.stop(), bastion.stop()]);
  });

  function telnet(target: Partial<Target> = {}): TelnetConnection {
    const { host, port, user: username, password } = server;
    return new TelnetConnection({ target: { host, port, username, password, ...target } });
  }

  it('is logged in to and recognised, and tells the status of each command', async () => {
    await using machine = telnet();
    await expect(machine.execute('whoami')).resolves.toMatchObject({ stdout: `${server.user}\n`, status: 0 });
    await expect(machine.execute('exit 3 | false')).resolves.toMatchObject({ stdout: '', status: 1 });
    expect(machine.platform?.name).toBe('linux');
    const many = await machine.execute('seq 1 100000');
    expect(many.stdout).toBe(Array.from({ length: 100_000 }, (_, n) => `${n + 1}\n`).join(''));
  });

  it('asks for the password when it is needed, and not before', async () => {
    let asked = 0;
    const password = async (): Promise<string> => {
      asked += 1;
      return server.password;
    };
    await using machine = telnet({ password });
    expect(asked).toBe(0);
    await machine.connect();
    expect(asked).toBe(1);
  });

  it('takes the login of its device, and sends the password of that for no other user', async () => {
    const { host, port, user: username, password } = server;
    const device = { name: 'machine', credentials: { default: { username, password } } };
    await using machine = new TelnetConnection({ target: { host, port }, device });
    expect(String(await machine.execute('whoami'))).toBe(`${username}\n`);
    await using other = new TelnetConnection({ target: { host, port, username: 'somebody' }, device });
    await expect(other.connect()).rejects.toThrow('asks for a password: give it as `password`.');
  });

  it('refuses a wrong password, which is tried once', async () => {
    await using machine = telnet({ password: 'wrong-one' });
    const error: unknown = await machine.connect().catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'ERR_HAWSER_AUTH', tried: [{ method: 'password', detail: server.user }] });
    expect(String(error)).not.toContain('wrong-one');
  });

  it('is reached through a jump host', async () => {
    const { host, port, rootUser: username, knownHosts, identity: privateKey } = bastion;
    const hop: Target = { host, port, username, knownHosts, privateKey, sshConfig: false, agent: false };
    await using machine = telnet({ proxyJump: hop });
    expect(String(await machine.execute('whoami'))).toBe(`${server.user}\n`);
    await using open = new SshConnection({ target: hop });
    await using other = telnet({ proxyJump: open });
    expect(String(await other.execute('whoami'))).toBe(`${server.user}\n`);
    await other.close();
    expect(await open.execute('echo borrowed')).toMatchObject({ stdout: 'borrowed\n' });
  });
});
