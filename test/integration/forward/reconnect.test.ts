import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../../src/connection/connection.js';
import { OpenSshConnection } from '../../../src/connection/open-ssh-connection.js';
import { SshConnection } from '../../../src/connection/ssh-connection.js';
import { ConnectError, DisconnectedError } from '../../../src/core/errors.js';
import type { ForwardReconnected } from '../../../src/remote/forward/forward.js';
import { describeReal, type LatencyProxy, type Sshd, startLatencyProxy, startSshd } from '../../rigs/rigs.js';
import { targetOf } from '../ssh/target.js';
import { scratch } from '../transfer/far-place.js';
import { allOf, answerAtEnd, ask, dial, echo, endOf, serveTcp } from './sockets.js';

const KINDS = [
  { kind: 'ssh', Kind: SshConnection },
  { kind: 'openssh', Kind: OpenSshConnection },
] as const;

describeReal(['sshd'], 'a forward over a link that is made again', () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd({ keys: ['ed25519'] });
  });
  afterAll(() => sshd?.stop());

  for (const { kind, Kind } of KINDS) {
    describe(kind, () => {
      const connection = (proxy: LatencyProxy, attempts = 10): Connection =>
        new Kind({
          target: targetOf(sshd, { port: proxy.port, hostKey: 'insecure-accept-any' }),
          reconnect: { attempts, delay: 1, maxDelay: 20 },
        });

      it('goes on listening here: what was open ends with an error, who comes meanwhile is served', async () => {
        await using server = await serveTcp(echo);
        await using proxy = await startLatencyProxy(sshd.port);
        await using far = connection(proxy);
        const forward = await far.forward({ to: server.end });
        const { address } = forward;
        await using socks = await far.forward({ type: 'dynamic' });
        const before = await dial(address);
        before.write('x');
        await once(before, 'data');
        const seen = endOf(before);
        const told = [once(forward, 'reconnecting'), once(forward, 'reconnected')];
        await proxy.stall();
        await proxy.cut();
        expect(await seen).toBe('ECONNRESET');
        const answer = ask(address, 'hello');
        const client = await dial(socks.address);
        const { port } = server.end;
        // SOCKS 4: connect to a port of 127.0.0.1, for nobody.
        client.end(Buffer.from([4, 1, port >> 8, port & 255, 127, 0, 0, 1, 0, ...Buffer.from('hello')]));
        const heard = allOf(client);
        await proxy.resume();
        expect(await answer).toBe('hello');
        expect((await heard).subarray(8).toString()).toBe('hello');
        expect(await Promise.all(told)).toEqual([[expect.any(DisconnectedError)], [{ address, moved: false }]]);
        expect(far.active).toBe(2);
        await forward.close();
        expect(await forward.ended).toBeUndefined();
        await expect(dial(address)).rejects.toThrow('ECONNREFUSED');
      });

      it('listens again on the far machine, on the same port, cut after cut', async () => {
        await using server = await serveTcp(answerAtEnd);
        await using proxy = await startLatencyProxy(sshd.port);
        await using far = connection(proxy);
        await using chosen = await far.forward({ type: 'remote', to: server.end });
        await using spare = await far.forward({ type: 'remote', to: server.end });
        const port = spare.port ?? 0;
        await spare.close();
        await using named = await far.forward({ type: 'remote', listen: { port }, to: server.end });
        for (let cut = 0; cut < 3; cut += 1) {
          const back = [chosen, named].map((one) => once(one, 'reconnected'));
          await proxy.cut();
          const [[about], [alike]] = (await Promise.all(back)) as [[ForwardReconnected], [ForwardReconnected]];
          expect(alike).toEqual({ address: { host: 'localhost', port }, moved: false });
          expect(about.address).toEqual(chosen.address);
          expect(await ask(chosen.address, 'hello')).toBe('HELLO');
          expect(await ask(named.address, 'hello')).toBe('HELLO');
        }
      });

      it('listens again on a Unix socket of the far machine, and takes it away at the end', async () => {
        await using place = await scratch();
        await using server = await serveTcp(answerAtEnd);
        await using proxy = await startLatencyProxy(sshd.port);
        await using far = connection(proxy);
        const listen = { socketPath: join(place.path(), 'there') };
        const forward = await far.forward({ type: 'remote', listen, to: server.end });
        const back = once(forward, 'reconnected');
        await proxy.cut();
        expect(await back).toEqual([{ address: listen, moved: false }]);
        expect(await ask(listen, 'hello')).toBe('HELLO');
        await forward.close();
        await expect(stat(listen.socketPath)).rejects.toThrow('ENOENT');
      });

      it('ends when the link cannot be made again, for the reason of that', async () => {
        await using server = await serveTcp(echo);
        const proxy = await startLatencyProxy(sshd.port);
        await using far = connection(proxy, 2);
        const forwards = [await far.forward({ to: server.end }), await far.forward({ type: 'remote', to: server.end })];
        await proxy.stop();
        for (const { ended } of forwards) expect(await ended).toBeInstanceOf(ConnectError);
        expect([far.state, far.active]).toEqual(['disconnected', 0]);
      });

      it('ends with `disconnect()`, `close()` and its signal, also while the link is made again', async () => {
        await using server = await serveTcp(echo);
        await using proxy = await startLatencyProxy(sshd.port);
        const end = new AbortController();
        const ways = [
          { way: (far: Connection) => far.disconnect(), reason: 'ERR_HAWSER_DISCONNECTED' },
          { way: (far: Connection) => far.close(), reason: 'ERR_HAWSER_CLOSED' },
          { way: () => end.abort(), reason: 'ABORT_ERR' },
        ];
        for (const { way, reason } of ways) {
          await using far = connection(proxy);
          const forward = await far.forward({ to: server.end, signal: end.signal });
          const going = once(far, 'reconnecting');
          await proxy.stall();
          await proxy.cut();
          await going;
          await way(far);
          expect((await forward.ended)?.code).toBe(reason);
          await proxy.resume();
        }
      });
    });
  }
});
