import { once } from 'node:events';
import { chmod, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { SshConnection } from '../../../src/connection/ssh-connection.js';
import { ChannelError, DisconnectedError } from '../../../src/core/errors.js';
import type { Target } from '../../../src/inventory/target.js';
import {
  describeReal,
  openSockets,
  type Sshd,
  sshdConfigs,
  startDropbear,
  startLatencyProxy,
  startSshd,
  waitUntil,
} from '../../rigs/rigs.js';
import { errorOf, targetOf } from '../ssh/target.js';
import { answerAtEnd, ask, dial, echo, endOf, serveTcp, serveUnix } from './sockets.js';

describeReal(['sshd'], 'a local forward over a real server', () => {
  let sshd: Sshd;
  let directory: string;
  const open: SshConnection[] = [];
  const connection = (more: Partial<Target> = {}): SshConnection => {
    const made = new SshConnection({ target: targetOf(sshd, more) });
    open.push(made);
    return made;
  };

  beforeAll(async () => {
    sshd = await startSshd({ keys: ['ed25519'] });
  });

  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()));
    if (directory !== undefined) await rm(directory, { recursive: true, force: true });
  });

  afterAll(() => sshd?.stop());

  const makeDirectory = async (): Promise<string> => {
    directory = await mkdtemp(join(tmpdir(), 'hawser-forward-'));
    await chmod(directory, 0o755);
    return directory;
  };

  it('leads from a Unix socket to one of the far machine', async () => {
    const place = await makeDirectory();
    await using server = await serveUnix(join(place, 'far'), answerAtEnd);
    await chmod(server.end.socketPath, 0o777);
    const forward = await connection().forward({ listen: { socketPath: join(place, 'near') }, to: server.end });
    expect(forward.address).toEqual({ socketPath: join(place, 'near') });
    expect(await ask(forward.address, 'hello')).toBe('HELLO');
    await forward.close();
    await expect(stat(join(place, 'near'))).rejects.toThrow('ENOENT');
  });

  it('makes a socket for this user alone, whatever the mask', async () => {
    const place = await makeDirectory();
    const before = process.umask(0);
    try {
      const socketPath = join(place, 'near');
      await using _forward = await connection().forward({ listen: { socketPath }, to: { host: 'localhost', port: 1 } });
      expect((await stat(socketPath)).mode & 0o777).toBe(0o600);
      expect(process.umask()).toBe(0);
    } finally {
      process.umask(before);
    }
  });

  it('replaces a socket that nobody listens on, and nothing else', async () => {
    const place = await makeDirectory();
    const far = connection();
    const to = { host: 'localhost', port: 1 };
    const left = join(place, 'left');
    await leaveSocket(left);
    await using forward = await far.forward({ listen: { socketPath: left }, to });
    const taken = await errorOf(far.forward({ listen: { socketPath: left }, to }), ChannelError);
    expect(taken.message).toMatch(/could not listen on .*left: .*EADDRINUSE.* Something else listens there/);
    await writeFile(join(place, 'file'), 'text');
    const file = await errorOf(far.forward({ listen: { socketPath: join(place, 'file') }, to }), ChannelError);
    expect(file.reason).toBe('refused');
    expect((await stat(join(place, 'file'))).size).toBe(4);
    await forward.close();
    await waitUntil('the work to be over', () => far.active === 0);
  });

  it('listens where it is asked to, and says what is in the way', async () => {
    await using server = await serveTcp(answerAtEnd);
    const far = connection();
    await using every = await far.forward({ listen: { host: '*' }, to: server.end });
    expect(every.address).toEqual({ host: '*', port: expect.any(Number) });
    const port = 'port' in every.address ? every.address.port : 0;
    expect(await ask({ host: '127.0.0.2', port }, 'hello')).toBe('HELLO');
    await using second = await far.forward({ listen: { host: '127.0.0.3' }, to: server.end });
    expect(await ask(second.address, 'hello')).toBe('HELLO');
    const taken = await errorOf(far.forward({ listen: { port }, to: server.end }), ChannelError);
    expect(taken.message).toContain('choose another, or port 0 for a free one');
  });

  it('says of each client that the server does not let through, and what may be changed', async () => {
    await using strict = await startSshd({ keys: ['ed25519'], config: sshdConfigs.noForwarding });
    await using far = new SshConnection({ target: targetOf(strict) });
    await using forward = await far.forward({ to: { host: '127.0.0.1', port: strict.port } });
    const told = once(forward, 'error');
    expect(await endOf(await dial(forward.address))).toBe('ECONNRESET');
    const [error] = await told;
    expect(error).toBeInstanceOf(ChannelError);
    expect(error.message).toContain('AllowTcpForwarding and PermitOpen');
    expect(far.connected).toBe(true);
  });

  it('ends when the link is cut, and lets no client take that for an end of data', async () => {
    await using server = await serveTcp(echo);
    await using proxy = await startLatencyProxy(sshd.port);
    const hostKey = () => true;
    const far = connection({ port: proxy.port, hostKey });
    const sockets = (await openSockets()).length;
    const forward = await far.forward({ to: server.end });
    const clients = await Promise.all(Array.from({ length: 5 }, () => dial(forward.address)));
    for (const client of clients) client.write('x');
    await Promise.all(clients.map((client) => once(client, 'data')));
    const ends = clients.map(endOf);
    await proxy.cut();
    expect(await forward.ended).toBeInstanceOf(DisconnectedError);
    expect(await Promise.all(ends)).toEqual(ends.map(() => 'ECONNRESET'));
    expect(forward.active).toBe(0);
    await expect(dial(forward.address)).rejects.toThrow('ECONNREFUSED');
    for (const socket of server.sockets) socket.destroy();
    await waitUntil('the sockets to be gone', async () => (await openSockets()).length <= sockets);
  });

  it('ends when the server stops answering, with as much patience as keep-alive has', async () => {
    await using proxy = await startLatencyProxy(sshd.port);
    const keepAlive = { interval: 50, countMax: 2 };
    const far = connection({ port: proxy.port, hostKey: () => true, keepAlive });
    const forward = await far.forward({ to: { host: 'localhost', port: 1 } });
    const client = await dial(forward.address);
    const end = endOf(client);
    await proxy.stall();
    expect((await forward.ended)?.message).toContain('keep-alive');
    expect(await end).toBe('ECONNRESET');
  });

  it('leaves no socket behind after many clients and several forwards', async () => {
    await using server = await serveTcp(answerAtEnd);
    const far = connection();
    await far.connect();
    const before = (await openSockets()).length;
    for (let round = 0; round < 3; round += 1) {
      await using forward = await far.forward({ to: server.end });
      await Promise.all(Array.from({ length: 20 }, () => ask(forward.address, 'hello')));
      await waitUntil('the streams to be gone', () => forward.active === 0);
    }
    await waitUntil('the sockets to be gone', async () => (await openSockets()).length === before);
    await waitUntil('the work to be over', () => far.active === 0);
  });
});

describeReal(['dropbear'], 'a local forward over dropbear', () => {
  it('knows no Unix sockets, and says so of each client', async () => {
    await using dropbear = await startDropbear({ keys: ['ed25519'] });
    await using far = new SshConnection({ target: targetOf(dropbear) });
    await using forward = await far.forward({ to: { socketPath: '/run/nothing' } });
    const told = once(forward, 'error');
    expect(await endOf(await dial(forward.address))).toBe('ECONNRESET');
    const [error] = await told;
    expect(error.message).toContain('it knows no such forwarding');
  });
});

/** A socket whose listener went without removing it. */
async function leaveSocket(path: string): Promise<void> {
  const server = createServer();
  server.listen(`${path}.new`);
  await once(server, 'listening');
  await rename(`${path}.new`, path);
  server.close();
  await once(server, 'close');
  const probe = connect(path);
  const [error] = await once(probe, 'error');
  expect(Reflect.get(Object(error), 'code')).toBe('ECONNREFUSED');
}
