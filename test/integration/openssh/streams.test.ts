import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { neverAborted } from '../../../src/core/abort.js';
import { Deadline } from '../../../src/core/deadline.js';
import { ConnectTrace } from '../../../src/core/diagnostics.js';
import { AbortError, ChannelError, ClosedError } from '../../../src/core/errors.js';
import { OpenSshTransport } from '../../../src/transport/openssh/openssh-transport.js';
import { describeReal, type Sshd, sshdConfigs, startSshd, waitUntil } from '../../rigs/rigs.js';
import { errorOf, targetOf } from '../ssh/target.js';
import { isOpen } from './master-rig.js';

const quietly = { signal: neverAborted };

/** All that comes of a stream, which stays open for what goes there. */
function allOf(stream: Duplex): Promise<string> {
  return new Promise((resolve) => {
    let all = '';
    stream.on('data', (chunk: Buffer) => {
      all += chunk;
    });
    stream.once('end', () => resolve(all));
  });
}

async function answer(stream: Duplex): Promise<void> {
  stream.end((await allOf(stream)).toUpperCase());
}

describeReal(['sshd'], "streams through the system's ssh", () => {
  let server: Sshd;
  let directory: string;
  let transport: OpenSshTransport;
  beforeAll(async () => {
    server = await startSshd({ keys: ['ed25519'] });
    directory = await mkdtemp(join(tmpdir(), 'hawser-own-ssh-'));
    transport = await open(server);
  });
  afterAll(async () => {
    await transport?.close();
    await server?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  // As root: the sockets of this process are nobody else's to connect to.
  async function open(at: Sshd): Promise<OpenSshTransport> {
    const made = new OpenSshTransport(targetOf(at, { username: 'root' }), {});
    await made.connect({ signal: neverAborted, deadline: Deadline.in(20_000), trace: new ConnectTrace('rig') });
    return made;
  }

  async function upperCase(at: { port: number } | { path: string }): Promise<{ port: number; stop(): void }> {
    const listening = createServer({ allowHalfOpen: true }, answer);
    listening.listen('path' in at ? at : { ...at, host: '127.0.0.1' });
    await once(listening, 'listening');
    const address = listening.address();
    return {
      port: typeof address === 'object' && address !== null ? address.port : 0,
      stop: () => void listening.close(),
    };
  }

  function ask(stream: Duplex): Promise<string> {
    stream.end('hello');
    return allOf(stream);
  }

  it('lead to a port and to a socket of the far machine', async () => {
    const path = join(directory, 'so:cket');
    const [byPort, byPath] = [await upperCase({ port: 0 }), await upperCase({ path })];
    expect(await ask(await transport.dial({ host: '127.0.0.1', port: byPort.port }, quietly))).toBe('HELLO');
    expect(await ask(await transport.dial({ socketPath: path }, quietly))).toBe('HELLO');
    byPort.stop();
    byPath.stop();
  });

  it('that lead nowhere are refused, or end at once where ssh does not tell', async () => {
    const error = await errorOf(transport.dial({ host: '127.0.0.1', port: 1 }, quietly), ChannelError);
    expect(error.reason).toBe('refused');
    const stream = await transport.dial({ socketPath: join(directory, 'nobody') }, quietly);
    const heard: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => heard.push(chunk)).end();
    await new Promise((resolve) => stream.once('close', resolve));
    expect(heard).toEqual([]);
  });

  it('come from a port and from a socket of the far machine', async () => {
    const socketPath = join(directory, 'there');
    for (const at of [{ host: '127.0.0.1', port: 0 }, { socketPath }]) {
      const listener = await transport.listen(at, quietly);
      listener.on('connection', answer);
      const way = 'port' in at ? { port: listener.port ?? 0, host: at.host } : { path: at.socketPath };
      const clients = Array.from({ length: 5 }, (): Socket => connect({ ...way, allowHalfOpen: true }));
      expect(await Promise.all(clients.map((client) => ask(client)))).toEqual(clients.map(() => 'HELLO'));
      const closed = once(listener, 'close');
      await listener.close();
      await closed;
      if (listener.port !== undefined) expect(await isOpen(listener.port)).toBe(false);
    }
  });

  it('are not to be had from a port that is taken, and of a server that forbids them', async () => {
    const taken = await errorOf(transport.listen({ host: '127.0.0.1', port: server.port }, quietly), ChannelError);
    expect(taken.reason).toBe('refused');
    await using strict = await startSshd({ keys: ['ed25519'], config: sshdConfigs.noForwarding });
    const forbidden = await open(strict);
    await errorOf(forbidden.listen({ host: '127.0.0.1', port: 0 }, quietly), ChannelError);
    await errorOf(forbidden.dial({ host: '127.0.0.1', port: server.port }, quietly), ChannelError);
    await forbidden.close();
  });

  it('end with the connection', async () => {
    const other = await open(server);
    const target = await upperCase({ port: 0 });
    const stream = await other.dial({ host: '127.0.0.1', port: target.port }, quietly);
    const listener = await other.listen({ host: '127.0.0.1', port: 0 }, quietly);
    const over = [
      new Promise((resolve) => stream.once('close', resolve)),
      once(listener, 'close'),
      once(other, 'close'),
    ];
    other.destroy(new ClosedError('enough'));
    await Promise.all(over);
    await waitUntil('the port to be closed', async () => !(await isOpen(listener.port ?? 0)));
    await errorOf(other.dial({ host: '127.0.0.1', port: target.port }, quietly), ClosedError);
    target.stop();
  });

  it('are not opened once nobody wants them', async () => {
    const signal = AbortSignal.abort();
    await errorOf(transport.dial({ host: '127.0.0.1', port: 1 }, { signal }), AbortError);
    await errorOf(transport.dial({ socketPath: '/nonexistent' }, { signal }), AbortError);
    await errorOf(transport.listen({ host: '127.0.0.1', port: 0 }, { signal }), AbortError);
    await errorOf(transport.subsystem('sftp', { signal }), AbortError);
  });

  it('of a subsystem that there is not come to an end', async () => {
    const stream = await transport.subsystem('no-such-subsystem', quietly);
    expect(await allOf(stream)).toBe('');
  });
});
