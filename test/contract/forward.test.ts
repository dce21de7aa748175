import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { AbortError, ChannelError, ClosedError } from '../../src/core/errors.js';
import type { HawserError } from '../../src/core/hawser-error.js';
import type { Forward } from '../../src/remote/forward/forward.js';
import { allOf, answerAtEnd, ask, dial, echo, endOf, serveTcp } from '../integration/forward/sockets.js';
import { waitUntil } from '../rigs/rigs.js';
import { everywhere, failure, over } from './places.js';

const MIB = 1024 * 1024;

describe('a forward from here to what the machine reaches', () => {
  over(everywhere, (place) => {
    // Its `ssh -W` leaves with the end of what comes from there; when it is ended itself, its master now and then keeps the
    // channel open (OpenSSH 9.2).
    const usesMaster = place.name === "the system's ssh";
    const forwardTo = async (port: number): Promise<Forward> =>
      (await place.shared()).forward({ to: { host: '127.0.0.1', port } });

    it('carries a question and its answer, also when the client has ended its side', async () => {
      await using server = await serveTcp(answerAtEnd);
      await using forward = await forwardTo(server.end.port);
      expect(forward.address).toEqual({ host: '127.0.0.1', port: expect.any(Number) });
      expect(forward.address).toEqual({ host: '127.0.0.1', port: forward.port });
      expect(forward.to).toEqual(server.end);
      expect(await ask(forward.address, 'hello')).toBe('HELLO');
      expect(forward.bytes).toEqual({ sent: 5, received: 5 });
      await waitUntil('the stream to be gone', () => forward.active === 0);
    });

    it.skipIf(usesMaster)(
      'passes on that the server has ended, and goes on with what the client still says',
      async () => {
        let heard: Promise<Buffer> | undefined;
        await using server = await serveTcp((socket) => {
          socket.end('bye');
          heard = allOf(socket);
        });
        await using forward = await forwardTo(server.end.port);
        const client = await dial(forward.address);
        expect((await allOf(client)).toString()).toBe('bye');
        client.write('one more');
        client.end(' thing');
        expect((await heard)?.toString()).toBe('one more thing');
        await waitUntil('the stream to be gone', () => forward.active === 0);
      },
    );

    it('passes on an end before which nothing came', async () => {
      await using server = await serveTcp((socket) => {
        socket.resume();
        socket.once('end', () => socket.end('nothing'));
      });
      await using forward = await forwardTo(server.end.port);
      expect(await ask(forward.address, '')).toBe('nothing');
    });

    it('serves many clients at once, each with its own bytes', async () => {
      await using server = await serveTcp(answerAtEnd);
      await using forward = await forwardTo(server.end.port);
      const questions = Array.from({ length: 50 }, (_, index) => `client ${index} `.repeat(100));
      const answers = await Promise.all(questions.map((question) => ask(forward.address, question)));
      expect(answers).toEqual(questions.map((question) => question.toUpperCase()));
      expect(server.sockets).toHaveLength(50);
      await waitUntil('the streams to be gone', () => forward.active === 0);
    });

    it('carries every byte of much, there and back', async () => {
      await using server = await serveTcp(echo);
      await using forward = await forwardTo(server.end.port);
      const client = await dial(forward.address);
      const sent = createHash('sha256');
      const received = createHash('sha256');
      const back = (async () => {
        for await (const chunk of client) received.update(Buffer.from(chunk));
      })();
      for (let index = 0; index < 64; index += 1) {
        const chunk = randomBytes(MIB / 4);
        sent.update(chunk);
        if (!client.write(chunk)) await once(client, 'drain');
      }
      client.end();
      await back;
      expect(received.digest('hex')).toBe(sent.digest('hex'));
      expect(forward.bytes).toEqual({ sent: 16 * MIB, received: 16 * MIB });
    });

    it('turns away the client whose way leads nowhere, says why, and goes on', async () => {
      await using gone = await serveTcp(echo);
      const { port } = gone.end;
      await gone[Symbol.asyncDispose]();
      await using forward = await forwardTo(port);
      const told = once(forward, 'error');
      expect(await endOf(await dial(forward.address))).toBe('ECONNRESET');
      const [error] = await told;
      expect(error).toBeInstanceOf(ChannelError);
      expect(error.message).toContain(`127.0.0.1:${port}`);
      // Nobody listens for the second one, which is no crash.
      expect(await endOf(await dial(forward.address))).toBe('ECONNRESET');
      await waitUntil('the streams to be gone', () => forward.active === 0);
    });

    it.skipIf(usesMaster)('lets the server see that its client has gone', async () => {
      await using server = await serveTcp((socket) => socket.write('hello'));
      await using forward = await forwardTo(server.end.port);
      const client = await dial(forward.address);
      await once(client, 'data');
      const seen = endOf(server.sockets[0] ?? client);
      client.resetAndDestroy();
      expect(['end', 'ECONNRESET']).toContain(await seen);
      await waitUntil('the stream to be gone', () => forward.active === 0);
    });

    it.skipIf(usesMaster)('lets the server see that its client has gone before all stood', async () => {
      await using server = await serveTcp(() => {});
      await using forward = await forwardTo(server.end.port);
      const client = await dial(forward.address);
      await waitUntil('the server to be reached', () => server.sockets.length === 1);
      const seen = endOf(server.sockets[0] ?? client);
      client.resetAndDestroy();
      expect(['end', 'ECONNRESET']).toContain(await seen);
      await waitUntil('the stream to be gone', () => forward.active === 0);
    });

    it('breaks off what is open when it is closed, and listens no more', async () => {
      await using server = await serveTcp(echo);
      const forward = await forwardTo(server.end.port);
      const client = await dial(forward.address);
      client.write('x');
      await once(client, 'data');
      const told = once(forward, 'close');
      const ended = endOf(client);
      await Promise.all([forward.close(), forward.close()]);
      expect(await ended).toBe('ECONNRESET');
      expect(await told).toEqual([undefined]);
      expect(await forward.ended).toBeUndefined();
      expect(forward.active).toBe(0);
      await expect(dial(forward.address)).rejects.toThrow('ECONNREFUSED');
      expect((await place.shared()).connected).toBe(true);
    });

    it('ends with its signal, and says so', async () => {
      const stop = new AbortController();
      const connection = place.fresh();
      const forward = await connection.forward({ to: { host: '127.0.0.1', port: 1 }, signal: stop.signal });
      expect(connection.active).toBe(1);
      stop.abort();
      expect(await forward.ended).toBeInstanceOf(AbortError);
      await waitUntil('the work to be over', () => connection.active === 0);
      const late = await failure(connection.forward({ to: { host: '127.0.0.1', port: 1 }, signal: stop.signal }));
      expect(late).toBeInstanceOf(AbortError);
    });

    it('ends with its connection, for the reason of that', async () => {
      await using server = await serveTcp(echo);
      const connection = place.fresh();
      const forward = await connection.forward({ to: server.end });
      const client = await dial(forward.address);
      client.write('x');
      await once(client, 'data');
      const reasons: (HawserError | undefined)[] = [];
      forward.on('close', (reason) => reasons.push(reason));
      const ended = endOf(client);
      await connection.close();
      expect(await forward.ended).toBeInstanceOf(ClosedError);
      expect(await ended).toBe('ECONNRESET');
      expect(reasons).toEqual([expect.any(ClosedError)]);
      await expect(dial(forward.address)).rejects.toThrow('ECONNREFUSED');
    });

    it('holds no lock, so that the connection goes on with other work', async () => {
      await using server = await serveTcp(answerAtEnd);
      const connection = place.fresh({ threadSafe: true });
      await using forward = await connection.forward({ to: server.end });
      expect((await connection.execute('echo hi')).stdout).toBe('hi\n');
      expect(await ask(forward.address, 'hello')).toBe('HELLO');
    });

    it('holds no more than a window for a client who has stopped reading', async () => {
      await using server = await serveTcp(flood);
      await using forward = await forwardTo(server.end.port);
      const client = await dial(forward.address);
      client.pause();
      expect(await standstill(() => forward.bytes.received)).toBeLessThan(16 * MIB);
      client.destroy();
      await waitUntil('the stream to be gone', () => forward.active === 0);
    });

    it('holds no more than a window for a server that has stopped reading, and lets others pass', async () => {
      let first = true;
      await using server = await serveTcp((socket) => {
        if (first) socket.pause();
        else answerAtEnd(socket);
        first = false;
      });
      await using forward = await forwardTo(server.end.port);
      const client = await dial(forward.address);
      flood(client);
      expect(await standstill(() => forward.bytes.sent)).toBeLessThan(16 * MIB);
      expect(await ask(forward.address, 'hello')).toBe('HELLO');
      client.destroy();
      server.sockets[0]?.destroy();
      await waitUntil('the streams to be gone', () => forward.active === 0);
    });
  });
});

/** Writes as much as is taken, without end. */
function flood(socket: Socket): void {
  const more = (): void => {
    while (socket.writable && socket.write(Buffer.alloc(MIB)));
  };
  socket.on('drain', more);
  more();
}

/** Where a number that grows comes to stand: it is the same in two looks, some time apart. */
async function standstill(look: () => number): Promise<number> {
  let before = 0;
  await waitUntil('it to stand still', async () => {
    const now = look();
    const still = now === before && now > 0;
    before = now;
    // Bounded by what it stands still at, not by how long that takes: a look too early finds less.
    await new Promise((resolve) => setTimeout(resolve, 100));
    return still;
  });
  return before;
}
