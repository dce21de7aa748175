import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Connection } from '../../../../src/connection/connection.js';
import { createConnection } from '../../../../src/connection/create-connection.js';
import { describeReal, type Sshd, sshdConfigs, startSshd } from '../../../rigs/rigs.js';

describeReal(['sshd'], 'files on a server that allows one session', () => {
  let sshd: Sshd;

  beforeAll(async () => {
    sshd = await startSshd({ config: sshdConfigs.oneSession });
  });
  afterAll(() => sshd?.[Symbol.asyncDispose]());

  function open(): Connection {
    const { host, port, user: username, identity, knownHosts } = sshd;
    return createConnection({ host, port, username, privateKey: identity, knownHosts, sshConfig: false, agent: false });
  }

  it('give their idle channel to a command at once, and work again after it', async () => {
    await using connection = open();
    expect((await connection.fs.stat('/')).isDirectory()).toBe(true);
    expect((await connection.execute('echo hi')).stdout).toBe('hi\n');
    expect((await connection.fs.stat('~')).isDirectory()).toBe(true);
    expect((await connection.execute('echo ho')).stdout).toBe('ho\n');
  });

  it('work beside commands that wait for their channel', async () => {
    await using connection = open();
    const work = Array.from({ length: 12 }, async (_, i) =>
      i % 2 === 0 ? (await connection.fs.stat('/')).isDirectory() : (await connection.execute('true')).ok,
    );
    expect(await Promise.all(work)).toEqual(Array.from({ length: 12 }, () => true));
  });

  it('are refused on a channel of their own where there is no room for one', async () => {
    await using connection = open();
    await connection.files.use(async () => {
      const another = connection.files.useAnother(async () => 'had room');
      await expect(another).rejects.toMatchObject({ name: 'ChannelError', reason: 'refused' });
    });
    expect(await connection.files.useAnother(async ({ files }) => files.kind)).toBe('sftp');
  });

  it('make the connection busy while a file is open, and no longer', async () => {
    await using connection = open();
    const handle = await connection.fs.open('/etc/hostname');
    expect(connection.active).toBe(1);
    expect((await connection.fs.stat('/')).isDirectory()).toBe(true);
    await handle.close();
    expect((await connection.execute('true')).ok).toBe(true);
    expect(connection.active).toBe(0);
  });

  it('leave nobody busy when the link ends under an open file', async () => {
    await using connection = open();
    const handle = await connection.fs.open('/etc/hostname');
    const idle = once(connection, 'idle');
    await connection.disconnect();
    await idle;
    await expect(handle.stat()).rejects.toMatchObject({ name: 'DisconnectedError' });
    expect(await connection.fs.exists('/etc/hostname')).toBe(true);
  });

  it('hold up neither disconnect nor close, and come back with the connection', async () => {
    const connection = open();
    await connection.fs.stat('/');
    await connection.disconnect();
    expect((await connection.fs.stat('/')).isDirectory()).toBe(true);
    await connection.close();
    await expect(connection.fs.stat('/')).rejects.toMatchObject({ name: 'ClosedError' });
  });
});

describeReal(['sshd'], 'files on a server whose SFTP does not start', () => {
  it('are reached through the shell', async () => {
    await using sshd = await startSshd({ config: sshdConfigs.brokenSftp });
    const { host, port, user: username, identity, knownHosts } = sshd;
    await using connection = createConnection({
      host,
      port,
      username,
      privateKey: identity,
      knownHosts,
      sshConfig: false,
      agent: false,
    });
    expect(await connection.files.use(async ({ files }) => files.kind)).toBe('shell');
    expect((await connection.fs.stat('~')).isDirectory()).toBe(true);
  });
});
