import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { LocalConnection } from '../../../src/connection/local-connection.js';
import { SshConnection } from '../../../src/connection/ssh-connection.js';
import { ChannelError, DisconnectedError } from '../../../src/core/errors.js';
import type { Target } from '../../../src/inventory/target.js';
import {
  describeReal,
  type Sshd,
  sshdConfigs,
  startDropbear,
  startLatencyProxy,
  startSshd,
  waitUntil,
} from '../../rigs/rigs.js';
import { errorOf, targetOf } from '../ssh/target.js';
import { answerAtEnd, ask, dial, echo, endOf, serveTcp, serveUnix } from './sockets.js';

const MIB = 1024 * 1024;

describeReal(['sshd'], 'a remote forward over a real server', () => {
  let sshd: Sshd;
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
  });

  afterAll(() => sshd?.stop());

  it('listens on a port that the server chooses, and leads to here', async () => {
    await using server = await serveTcp(answerAtEnd);
    await using forward = await connection().forward({ type: 'remote', to: server.end });
    expect(forward.address).toEqual({ host: 'localhost', port: expect.any(Number) });
    const told = once(forward, 'connection');
    expect(await ask(forward.address, 'hello there')).toBe('HELLO THERE');
    expect(await told).toEqual([server.end]);
    expect(forward.bytes).toEqual({ sent: 11, received: 11 });
    await waitUntil('the stream to be gone', () => forward.active === 0);
  });

  it('keeps apart two forwards of one port on several addresses, and of several ports', async () => {
    await using one = await serveTcp((socket) => socket.end('one'));
    await using two = await serveTcp((socket) => socket.end('two'));
    const far = connection();
    await using first = await far.forward({ type: 'remote', listen: { host: '127.0.0.1' }, to: one.end });
    const port = 'port' in first.address ? first.address.port : 0;
    await using second = await far.forward({ type: 'remote', listen: { host: '::1', port }, to: two.end });
    await using third = await far.forward({ type: 'remote', to: two.end });
    expect(await ask(first.address, '')).toBe('one');
    expect(await ask(second.address, '')).toBe('two');
    expect(await ask(third.address, '')).toBe('two');
  });

  it('leads from a Unix socket there to one here, 50 clients at once', async () => {
    const place = await mkdtemp(join(tmpdir(), 'hawser-forward-'));
    await chmod(place, 0o777);
    try {
      await using server = await serveUnix(join(place, 'here'), answerAtEnd);
      const listen = { socketPath: join(place, 'there') };
      const far = connection();
      const forward = await far.forward({ type: 'remote', listen, to: server.end });
      expect(forward.address).toEqual(listen);
      const questions = Array.from({ length: 50 }, (_, index) => `client ${index}`);
      const answers = await Promise.all(questions.map((question) => ask(forward.address, question)));
      expect(answers).toEqual(questions.map((question) => question.toUpperCase()));
      await forward.close();
      await expect(dial(listen)).rejects.toThrow(/ECONNREFUSED|ENOENT/);
      await expect(stat(listen.socketPath)).rejects.toThrow('ENOENT');
    } finally {
      await rm(place, { recursive: true });
    }
  });

  it('carries 64 MiB each way', async () => {
    await using server = await serveTcp(echo);
    await using forward = await connection().forward({ type: 'remote', to: server.end });
    const client = await dial(forward.address);
    const sent = createHash('sha256');
    const received = createHash('sha256');
    client.on('data', (chunk: Buffer) => received.update(chunk));
    const over = once(client, 'end');
    for (let index = 0; index < 64; index += 1) {
      const chunk = randomBytes(MIB);
      sent.update(chunk);
      if (!client.write(chunk)) await once(client, 'drain');
    }
    client.end();
    await over;
    expect(received.digest('hex')).toBe(sent.digest('hex'));
    expect(forward.bytes).toEqual({ sent: 64 * MIB, received: 64 * MIB });
  });

  it('turns away clients while nothing listens here, says why, and goes on', async () => {
    await using forward = await connection().forward({ type: 'remote', to: { host: '127.0.0.1', port: 1 } });
    const told = once(forward, 'error');
    // An SSH channel has no reset: it closes.
    expect(['end', 'ECONNRESET', 'close']).toContain(await endOf(await dial(forward.address)));
    const [error] = await told;
    expect(error.message).toMatch(/This machine could not connect to 127\.0\.0\.1:1: .*ECONNREFUSED/);
    await waitUntil('the stream to be gone', () => forward.active === 0);
  });

  it('has the server listen no more once it is closed, and the port is free for the next', async () => {
    await using server = await serveTcp(answerAtEnd);
    const far = connection();
    const first = await far.forward({ type: 'remote', to: server.end });
    await first.close();
    await expect(dial(first.address)).rejects.toThrow('ECONNREFUSED');
    const port = 'port' in first.address ? first.address.port : 0;
    await using again = await far.forward({ type: 'remote', listen: { port }, to: server.end });
    expect(await ask(again.address, 'hello')).toBe('HELLO');
  });

  it('ends when the link is cut, with what is open here', async () => {
    await using server = await serveTcp(echo);
    await using proxy = await startLatencyProxy(sshd.port);
    const far = connection({ port: proxy.port, hostKey: () => true });
    const forward = await far.forward({ type: 'remote', to: server.end });
    const client = await dial(forward.address);
    client.write('x');
    await once(client, 'data');
    const seen = endOf(server.sockets[0] ?? client);
    await proxy.cut();
    expect(await forward.ended).toBeInstanceOf(DisconnectedError);
    expect(await seen).toBe('ECONNRESET');
  });

  it('tells what a server may have against it', async () => {
    await using strict = await startSshd({ keys: ['ed25519'], config: sshdConfigs.noForwarding });
    await using far = new SshConnection({ target: targetOf(strict) });
    const to = { host: '127.0.0.1', port: 1 };
    const port = await errorOf(far.forward({ type: 'remote', to }), ChannelError);
    expect(port.reason).toBe('refused');
    expect(port.message).toMatch(/did not listen on localhost:0: .*AllowTcpForwarding, PermitListen, GatewayPorts/);
    const socketPath = '/tmp/hawser-nothing';
    const socket = await errorOf(far.forward({ type: 'remote', listen: { socketPath }, to }), ChannelError);
    expect(socket.message).toContain('AllowStreamLocalForwarding');
    expect(far.connected).toBe(true);
    await waitUntil('the work to be over', () => far.active === 0);
  });

  it('works on this machine too, where both sides are here', async () => {
    await using server = await serveTcp(answerAtEnd);
    await using here = new LocalConnection({ target: { host: 'localhost', protocol: 'local' } });
    await using forward = await here.forward({ type: 'remote', to: server.end });
    expect(await ask(forward.address, 'hello')).toBe('HELLO');
  });
});

describeReal(['dropbear'], 'a remote forward over dropbear', () => {
  it('listens on a port, and on no Unix socket', async () => {
    await using server = await serveTcp(answerAtEnd);
    await using dropbear = await startDropbear({ keys: ['ed25519'] });
    await using far = new SshConnection({ target: targetOf(dropbear) });
    await using forward = await far.forward({ type: 'remote', to: server.end });
    expect(await ask(forward.address, 'hello')).toBe('HELLO');
    const socketPath = '/tmp/hawser-nothing';
    const socket = await errorOf(far.forward({ type: 'remote', listen: { socketPath }, to: server.end }), ChannelError);
    expect(socket.message).toContain('Only OpenSSH knows of it');
  });
});
