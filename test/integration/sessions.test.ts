import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Target } from '../../src/inventory/target.js';
import { SessionCache } from '../../src/session/session-cache.js';
import { describeReal, type Sshd, startSshd } from '../rigs/rigs.js';

describeReal(['sshd'], 'sessions, by the log of OpenSSH', () => {
  let server: Sshd;
  let cache: SessionCache;
  let counted = 0;
  beforeAll(async () => {
    server = await startSshd({ keys: ['ed25519'], users: 2 });
  });
  afterAll(async () => {
    await server.stop();
  });

  const target = (o: Partial<Target> = {}): Target => ({
    host: server.host,
    port: server.port,
    username: server.user,
    privateKey: server.identity,
    knownHosts: server.knownHosts,
    sshConfig: false,
    agent: false,
    ...o,
  });
  /** How many have logged in since this was asked last. */
  const logins = async (): Promise<number> => {
    const all = [...(await server.log()).matchAll(/Accepted publickey/g)].length;
    const since = all - counted;
    counted = all;
    return since;
  };
  const use = (o?: ConstructorParameters<typeof SessionCache>[0]): SessionCache => {
    cache = new SessionCache(o);
    return cache;
  };
  afterEach(async () => {
    await cache.closeAll();
    await logins();
  });

  it('makes one connection for a hundred who ask at once', async () => {
    use();
    const all = await Promise.all(Array.from({ length: 100 }, () => cache.get(target())));
    expect(new Set(all).size).toBe(1);
    expect((await all[0]?.execute('id -un'))?.stdout).toBe(`${server.user}\n`);
    expect(await logins()).toBe(1);
    expect(cache.list()).toMatchObject([{ reused: 99, username: server.user, state: 'connected' }]);
  });
});
