import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SshConnection } from '../../../src/connection/ssh-connection.js';
import { ChannelError } from '../../../src/core/errors.js';
import type { Forward } from '../../../src/remote/forward/forward.js';
import { describeReal, type Sshd, sshdConfigs, startSshd, waitUntil } from '../../rigs/rigs.js';
import { targetOf } from '../ssh/target.js';
import { allOf, answerAtEnd, dial, endOf, serveTcp } from './sockets.js';

const GREETING = Buffer.from([5, 1, 0]);

describeReal(['sshd'], 'a dynamic forward over a real server', () => {
  let sshd: Sshd;
  let far: SshConnection;
  let forward: Forward;

  beforeAll(async () => {
    sshd = await startSshd({ keys: ['ed25519'] });
    far = new SshConnection({ target: targetOf(sshd) });
    forward = await far.forward({ type: 'dynamic' });
  });

  afterAll(async () => {
    await far?.close();
    await sshd?.stop();
  });

  it('leads where its clients say, by names that the far machine looks up and by addresses', async () => {
    await using server = await serveTcp(answerAtEnd);
    const { port } = server.end;
    expect(forward.to).toBeUndefined();
    const told = once(forward, 'connection');
    for (const request of [byName(5, 'localhost', port), byAddress([127, 0, 0, 1], port)]) {
      const client = await dial(forward.address);
      client.write(GREETING);
      expect(await bytes(client, 2)).toEqual(Buffer.from([5, 0]));
      client.write(request);
      expect((await bytes(client, 10))[1]).toBe(0);
      client.end('hello');
      expect((await allOf(client)).toString()).toBe('HELLO');
    }
    expect(await told).toEqual([{ host: 'localhost', port }]);
    await waitUntil('the streams to be gone', () => forward.active === 0);
  });

  it('hears a client out that sends byte by byte, or everything at once', async () => {
    await using server = await serveTcp(answerAtEnd);
    const said = Buffer.concat([GREETING, byName(5, 'localhost', server.end.port), Buffer.from('hello')]);
    for (const pieces of [[said], [...said].map((byte) => Buffer.from([byte]))]) {
      const client = await dial(forward.address);
      client.setNoDelay(true);
      for (const piece of pieces) client.write(piece);
      client.end();
      const heard = await allOf(client);
      expect(heard.subarray(0, 4)).toEqual(Buffer.from([5, 0, 5, 0]));
      expect(heard.subarray(12).toString()).toBe('HELLO');
    }
  });

  it('serves clients of SOCKS 4 and 4a', async () => {
    await using server = await serveTcp(answerAtEnd);
    const { port } = server.end;
    const head = Buffer.from([4, 1, port >> 8, port & 255]);
    const requests = [
      Buffer.concat([head, Buffer.from([127, 0, 0, 1]), Buffer.from('me\0')]),
      Buffer.concat([head, Buffer.from([0, 0, 0, 7]), Buffer.from('me\0localhost\0')]),
    ];
    for (const request of requests) {
      const client = await dial(forward.address);
      client.write(request);
      expect((await bytes(client, 8))[1]).toBe(90);
      client.end('hello');
      expect((await allOf(client)).toString()).toBe('HELLO');
    }
  });

  it('answers what cannot be had by the codes of RFC 1928, and tells of it', async () => {
    await using server = await serveTcp(answerAtEnd);
    const closed = server.end.port;
    await server[Symbol.asyncDispose]();
    const errors: Error[] = [];
    forward.on('error', (error) => errors.push(error));
    expect(await replyTo(forward, byAddress([127, 0, 0, 1], closed))).toBe(5);
    expect(await replyTo(forward, Buffer.from([5, 2, 0, 1, 127, 0, 0, 1, 0, 80]))).toBe(7);
    expect(await replyTo(forward, Buffer.from([5, 1, 0, 9, 127, 0, 0, 1, 0, 80]))).toBe(8);
    await waitUntil('the errors', () => errors.length === 3);
    expect(errors.map((error) => error instanceof ChannelError && error.reason)).toEqual([
      'refused',
      'unsupported',
      'unsupported',
    ]);
    const noSocks = await dial(forward.address);
    noSocks.write('GET / HTTP/1.1\r\n\r\n');
    await endOf(noSocks);
    await waitUntil('the error', () => errors.length === 4);
    expect(errors[3]?.message).toContain('no version of SOCKS');
    forward.removeAllListeners('error');
    await waitUntil('the streams to be gone', () => forward.active === 0);
  });

  it('says "not allowed" where the server forbids it', async () => {
    await using strict = await startSshd({ keys: ['ed25519'], config: sshdConfigs.noForwarding });
    await using other = new SshConnection({ target: targetOf(strict) });
    await using socks = await other.forward({ type: 'dynamic' });
    expect(await replyTo(socks, byName(5, 'localhost', 80))).toBe(2);
  });

  it('forgets clients that leave in the middle of what they say', async () => {
    const client = await dial(forward.address);
    client.write(Buffer.from([5, 3, 0]));
    await waitUntil('it to be seen', () => forward.active === 1);
    const end = endOf(client);
    client.end();
    await waitUntil('it to be forgotten', () => forward.active === 0);
    expect(await end).toBe('end');
  });

  it('breaks off clients that have not said yet where to, when it is closed', async () => {
    const closing = await far.forward({ type: 'dynamic' });
    const silent = await dial(closing.address);
    const end = endOf(silent);
    await waitUntil('it to be seen', () => closing.active === 1);
    await closing.close();
    expect([await end, closing.active]).toEqual(['ECONNRESET', 0]);
  });
});

/** The code of the answer to a request of version 5; the stream ends behind it. */
async function replyTo(forward: Forward, request: Buffer): Promise<number | undefined> {
  const client = await dial(forward.address);
  client.write(Buffer.concat([GREETING, request]));
  const [, , version, code] = await allOf(client);
  expect(version).toBe(5);
  return code;
}

function byName(version: 5, name: string, port: number): Buffer {
  return Buffer.concat([
    Buffer.from([version, 1, 0, 3, name.length]),
    Buffer.from(name),
    Buffer.from([port >> 8, port & 255]),
  ]);
}

function byAddress(address: readonly number[], port: number): Buffer {
  return Buffer.from([5, 1, 0, 1, ...address, port >> 8, port & 255]);
}

/** The next bytes of a stream. */
async function bytes(socket: Socket, count: number): Promise<Buffer> {
  for (;;) {
    const read: unknown = socket.read(count);
    if (Buffer.isBuffer(read)) return read;
    await once(socket, 'readable');
  }
}
