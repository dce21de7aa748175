import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { AbortError, ClosedError } from '../../src/core/errors.js';
import type { SessionInfo } from '../../src/core/session-info.js';
import { MultiConnection } from '../../src/fleet/multi-connection.js';
import type { Target } from '../../src/inventory/target.js';
import { Device } from '../../src/manager/device.js';
import { ConnectionPool } from '../../src/pool/connection-pool.js';
import { SessionCache } from '../../src/session/session-cache.js';
import type { SessionCacheOptions } from '../../src/session/session-options.js';
import { closeAllConnections, sessions } from '../../src/session/sessions.js';
import { describeReal, type LatencyProxy, type Sshd, startLatencyProxy, startSshd, waitUntil } from '../rigs/rigs.js';
import { errorOf, targetOf } from './ssh/target.js';
import { Visitors } from './visitors.js';

describeReal(['sshd'], 'sessions, by the log of OpenSSH', () => {
  let server: Sshd;
  let visitors: Visitors;
  let proxy: LatencyProxy;
  const caches: SessionCache[] = [];
  beforeAll(async () => {
    server = await startSshd({ keys: ['ed25519'], users: 2, anyLoopback: true });
    visitors = new Visitors(server);
    proxy = await startLatencyProxy(server.port);
  });
  afterEach(async () => {
    await Promise.all(caches.splice(0).map((cache) => cache.closeAll()));
    await visitors.forget();
  });
  afterAll(async () => {
    await proxy?.stop();
    await server?.stop();
  });

  const target = (o: Partial<Target> = {}): Target => targetOf(server, o);
  const make = (o?: SessionCacheOptions): SessionCache => {
    const cache = new SessionCache(o);
    caches.push(cache);
    return cache;
  };
  /** All that a cache tells, in order, as `created s1`. */
  const heard = (cache: SessionCache): string[] => {
    const said: string[] = [];
    for (const type of ['created', 'reused', 'lost', 'reconnected', 'evicted', 'closed'] as const) {
      cache.on(type, (session: SessionInfo) => said.push(`${type} ${session.id}`));
    }
    return said;
  };
  const whoami = async (cache: SessionCache, like: Target): Promise<string> =>
    (await (await cache.get(like)).execute('id -un')).stdout.trim();

  it('are one for the same machine, one after another', async () => {
    const cache = make();
    const said = heard(cache);
    for (let calculation = 1; calculation <= 3; calculation += 1) await whoami(cache, target());
    await visitors.expectLogins(1);
    expect(said).toEqual(['created s1', 'reused s1', 'reused s1']);
    expect(cache.list()).toMatchObject([{ id: 's1', reused: 2, state: 'connected', kind: 'ssh', active: 0 }]);
  });

  it('are two for two machines, and the first one again where one comes back to it', async () => {
    const cache = make();
    const [one, two] = [target({ host: '127.0.0.1' }), target({ host: '127.0.0.2' })];
    const first = await cache.get(one);
    await whoami(cache, two);
    await visitors.expectLogins(2);
    expect(await cache.get(one)).toBe(first);
    await whoami(cache, one);
    await visitors.expectLogins(2);
  });

  it('are two for two users of one machine', async () => {
    const cache = make();
    const [first = '', second = ''] = server.users;
    expect(await whoami(cache, target({ username: first }))).toBe(first);
    expect(await whoami(cache, target({ username: second }))).toBe(second);
    expect(await whoami(cache, target({ username: first }))).toBe(first);
    await visitors.expectLogins(2);
    expect(cache.list().map(({ username }) => username)).toEqual([first, second]);
  });

  it('are all closed by closeAll, and can be asked for again', async () => {
    const cache = make();
    await Promise.all(['127.0.0.1', '127.0.0.2'].map((host) => cache.get(target({ host }))));
    await cache.closeAll();
    expect([cache.size, cache.list()]).toEqual([0, []]);
    await visitors.expectLogins(2);
    await waitUntil('the server to see both go', async () => (await visitors.inside()).length === 0);
    await whoami(cache, target());
    await visitors.expectLogins(3);
  });

  it('are one for a hundred who ask at once', async () => {
    const cache = make();
    const all = await Promise.all(Array.from({ length: 100 }, () => cache.get(target())));
    expect(new Set(all).size).toBe(1);
    await Promise.all(all.slice(0, 20).map((session) => session.execute('true', { check: true })));
    await visitors.expectLogins(1);
    expect(cache.list()).toMatchObject([{ reused: 99 }]);
  });

  it('are apart in caches of their own, and beside those of the process', async () => {
    const [one, other] = [make(), make()];
    const all = await Promise.all([one, other, sessions].map((cache) => cache.get(target())));
    expect(new Set(all).size).toBe(3);
    await closeAllConnections();
    expect(all.map(({ state }) => state)).toEqual(['connected', 'connected', 'closed']);
    await visitors.expectLogins(3);
  });

  it('end with a block that made their cache', async () => {
    let kept: SessionCache;
    {
      await using cache = make();
      kept = cache;
      await cache.get(target());
    }
    expect(kept.size).toBe(0);
  });

  it('are looked for without being opened', async () => {
    const cache = make();
    expect(cache.has(target())).toBe(false);
    const asking = cache.get(target());
    expect(cache.has(target())).toBe(false);
    await asking;
    expect(cache.has(target({ password: 'whatever' }))).toBe(true);
    expect(cache.has(target({ username: 'root' }))).toBe(false);
    await visitors.expectLogins(1);
  });

  it('leave the cache when their user closes them, and the next one is new', async () => {
    const cache = make();
    const said = heard(cache);
    const first = await cache.get(target());
    await first.close();
    expect([cache.size, cache.has(target())]).toEqual([0, false]);
    expect(await cache.get(target())).not.toBe(first);
    expect(said).toEqual(['created s1', 'closed s1', 'created s2']);
  });

  it('are closed one by one: by target, by what list gave, by the connection itself', async () => {
    const cache = make();
    const hosts = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];
    const [, , third] = await Promise.all(hosts.map((host) => cache.get(target({ host }))));
    expect(await cache.close(target({ host: '127.0.0.1' }))).toBe(true);
    expect(await cache.close(target({ host: '127.0.0.1' }))).toBe(false);
    const [second] = cache.list();
    expect(second && (await cache.close(second))).toBe(true);
    expect(third && (await cache.close(third))).toBe(true);
    expect(cache.size).toBe(0);
  });

  it('are given for a connection to the same machine, which is left alone', async () => {
    const cache = make();
    const session = await cache.get(target());
    expect(await cache.get(session)).toBe(session);
    const copy = session.clone();
    expect(await cache.get(copy)).toBe(session);
    expect(copy.state).toBe('idle');
    await visitors.expectLogins(1);
  });

  it('are asked for by one who gives up and others who do not', async () => {
    const cache = make();
    await proxy.stall();
    const giving = new AbortController();
    const slow = target({ port: proxy.port, hostKey: 'insecure-accept-any' });
    const [one, ...others] = [cache.get(slow, { signal: giving.signal }), cache.get(slow), cache.get(slow)];
    giving.abort();
    await errorOf(one, AbortError);
    expect(cache.size).toBe(1);
    await proxy.resume();
    const [first, second] = await Promise.all(others);
    expect(first).toBe(second);
    await visitors.expectLogins(1);
  });

  it('are made no more when the last who asked has given up, and are made anew for the next', async () => {
    const cache = make();
    await proxy.stall();
    const giving = new AbortController();
    const slow = target({ port: proxy.port, hostKey: 'insecure-accept-any' });
    const both = [1, 2].map(() => errorOf(cache.get(slow, giving), AbortError));
    await waitUntil('the connect to be under way', () => cache.size === 1);
    giving.abort();
    await Promise.all(both);
    expect(cache.size).toBe(0);
    await proxy.resume();
    expect(await whoami(cache, slow)).toBe(server.user);
    await visitors.expectLogins(1);
  });

  it('are made no more when somebody closes them on the way', async () => {
    const cache = make();
    await proxy.stall();
    const asked = errorOf(cache.get(target({ port: proxy.port, hostKey: 'insecure-accept-any' })), ClosedError);
    await waitUntil('the connect to be under way', () => cache.size === 1);
    await cache.closeAll();
    await asked;
    await proxy.resume();
    expect(cache.size).toBe(0);
  });

  it('are closed when nobody has used them for long enough, and not while they work', async () => {
    const cache = make({ idleTimeout: 50 });
    const said = heard(cache);
    const session = await cache.get(target());
    await session.execute('sleep 0.2', { check: true });
    expect(cache.size).toBe(1);
    await waitUntil('the session to be closed', () => cache.size === 0);
    expect(said).toEqual(['created s1', 'evicted s1']);
    expect(session.state).toBe('closed');
  });

  it('give way where there are too many: the one whose use is the longest ago', async () => {
    const cache = make({ maxSessions: 2 });
    const [one, two, three] = [1, 2, 3].map((n) => target({ host: `127.0.0.${n}` })) as [Target, Target, Target];
    await whoami(cache, one);
    await whoami(cache, two);
    await whoami(cache, one);
    await whoami(cache, three);
    expect([one, two, three].map((like) => cache.has(like))).toEqual([true, false, true]);
    expect(cache.size).toBe(2);
  });

  it('are too many for as long as all are in use, and no longer', async () => {
    const cache = make({ maxSessions: 1 });
    const end = new AbortController();
    const busy = await cache.get(target());
    const work = busy.execute('sleep 60', { signal: end.signal }).catch(() => {});
    const other = await cache.get(target({ host: '127.0.0.2' }));
    const started = other.execute('echo in');
    expect(cache.size).toBe(2);
    expect(await started).toMatchObject({ stdout: 'in\n' });
    expect([busy.state, other.state]).toEqual(['connected', 'closed']);
    end.abort();
    await work;
    expect(cache.list()).toMatchObject([{ id: 's1', active: 0 }]);
  });

  it('are borrowed by a fleet, and by pools and devices that go through them, none of which closes them', async () => {
    const cache = make();
    const session = await cache.get(target());
    {
      await using fleet = new MultiConnection([session, target({ host: '127.0.0.2' })]);
      expect((await fleet.execute('echo in')).ok).toBe(true);
      await using pair = MultiConnection.fromConnections([session]);
      expect((await pair.execute('echo in')).ok).toBe(true);
    }
    expect(session.connected).toBe(true);
    await visitors.expectLogins(2);
    {
      await using pool = new ConnectionPool(() => session.clone(), { size: 1 });
      expect((await pool.execute('echo in')).stdout).toBe('in\n');
    }
    const behind = { ...target(), class: 'ssh', host: '127.0.0.3', proxyJump: session };
    await using device = new Device('web', { connections: { behind } });
    await device.connect({ via: 'behind' });
    await device.destroyAll();
    expect(session.connected).toBe(true);
    await visitors.expectLogins(4);
    expect(await cache.get(target())).toBe(session);
    await visitors.expectLogins(4);
  });

  it('may be this machine, and count nothing then but the lock', async () => {
    const cache = make();
    const here = await cache.get('local:');
    expect((await here.execute('echo here')).stdout).toBe('here\n');
    expect(await cache.get('local:build')).toBe(here);
    expect(await cache.get({ host: 'x', protocol: 'local', threadSafe: true })).not.toBe(here);
    expect(cache.list()).toMatchObject([
      { kind: 'local', key: 'local:' },
      { kind: 'local', key: 'x' },
    ]);
  });

  it('are told of as plain JSON', async () => {
    const cache = make();
    const session = await cache.get(target({ key: 'the server', password: 'open sesame' }));
    await session.execute('true');
    const [info] = cache.list();
    expect(JSON.parse(JSON.stringify(info))).toEqual(info);
    expect(info).toMatchObject({ key: 'the server', host: '127.0.0.1', port: server.port, via: [], channels: 0 });
    expect(info?.bytesReceived).toBeGreaterThan(1000);
    expect(Date.parse(info?.idleSince ?? '')).toBeGreaterThanOrEqual(Date.parse(info?.createdAt ?? ''));
    expect(JSON.stringify(info)).not.toContain('sesame');
  });
});
