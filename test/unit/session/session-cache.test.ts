import { describe, expect, it } from 'vitest';
import { CliConnection } from '../../../src/connection/cli-connection.js';
import { LocalConnection } from '../../../src/connection/local-connection.js';
import { startDebugLog } from '../../../src/core/debug-log.js';
import { diagnostics, type SessionEvent } from '../../../src/core/diagnostics.js';
import { AbortError } from '../../../src/core/errors.js';
import { OptionError, ParseError } from '../../../src/core/hawser-error.js';
import { SessionCache } from '../../../src/session/session-cache.js';
import type { SessionCacheOptions } from '../../../src/session/session-options.js';

describe('SessionCache', () => {
  it.each([
    [
      { idleTimeout: -1 },
      'Expected the `idleTimeout` option to be a non-negative number of milliseconds, 0 for never, got -1.',
    ],
    [
      { idleTimeout: '5' },
      'Expected the `idleTimeout` option to be a non-negative number of milliseconds, 0 for never, got 5.',
    ],
    [{ maxSessions: 0 }, 'Expected the `maxSessions` option to be a positive integer, got 0.'],
    [{ maxSessions: 2.5 }, 'Expected the `maxSessions` option to be a positive integer, got 2.5.'],
    [{ reconnect: { attempts: -1 } }, 'Expected the `attempts` option to be a non-negative integer, got -1'],
    [{ reconnect: true }, 'Expected the `reconnect` option to be an object or false, got true.'],
    [{ circuitBreaker: { failures: 0 } }, 'Expected the `failures` option to be a positive integer, got 0.'],
    [{ circuitBreaker: 5 }, 'Expected the `circuitBreaker` option to be an object or false, got 5.'],
    [{ idleTimeOut: 5 }, 'A session cache has no option `idleTimeOut`; known are idleTimeout, maxSessions'],
  ])('refuses %j', (o, message) => {
    const make = (): SessionCache => new SessionCache(o as SessionCacheOptions);
    expect(make).toThrow(OptionError);
    expect(make).toThrow(message);
  });

  it.each<[unknown, new (...args: never[]) => Error]>([
    [undefined, OptionError],
    [42, OptionError],
    [[], OptionError],
    [{}, OptionError],
    [{ host: 'web1', port: 0 }, OptionError],
    [{ host: 'web1', protocol: 'ftp' }, OptionError],
    [{ host: 'web1', user: 'me' }, OptionError],
    ['', ParseError],
    ['web1:port', ParseError],
    ['me:secret@web1', OptionError],
    [{ host: 'web1', sshConfig: '/nonexistent/config' }, OptionError],
    [{ host: 'web1', proxyJump: { host: 'b', protocol: 'telnet' } }, OptionError],
  ])('opens nothing for the target %j', async (target, kind) => {
    const cache = new SessionCache();
    await expect(cache.get(target as string)).rejects.toBeInstanceOf(kind);
    expect(cache.size).toBe(0);
  });

  it('looks for no target that cannot be meant', async () => {
    const cache = new SessionCache();
    expect(() => cache.has('')).toThrow(ParseError);
    await expect(cache.close({ host: 'web1', port: -1 })).rejects.toBeInstanceOf(OptionError);
  });

  it('makes no session to a command line that somebody else talks to', async () => {
    const router = new CliConnection({ target: { host: 'router' } });
    await expect(new SessionCache().get(router)).rejects.toThrow(/command line router .*one user at a time/);
  });

  it('begins nothing for a signal that has fired', async () => {
    const cache = new SessionCache();
    await expect(cache.get('local:', { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(AbortError);
    expect(cache.size).toBe(0);
  });

  it('can be used again after closeAll, which may be called at any time', async () => {
    await using cache = new SessionCache();
    await cache.closeAll();
    const first = await cache.get('local:');
    await Promise.all([cache.closeAll(), cache.closeAll()]);
    expect([first.state, cache.size]).toEqual(['closed', 0]);
    expect((await cache.get('local:')).connected).toBe(true);
  });

  it('takes a connection for the machine that it leads to', async () => {
    await using cache = new SessionCache();
    const here = new LocalConnection({ target: { host: 'here' } });
    expect(await cache.get(here)).toBe(await cache.get('local:'));
    expect(here.state).toBe('idle');
  });

  it('replaces what its user has disconnected', async () => {
    await using cache = new SessionCache();
    const first = await cache.get('local:');
    await first.disconnect();
    expect([cache.has('local:'), cache.size]).toEqual([false, 1]);
    const second = await cache.get('local:');
    expect(second).not.toBe(first);
    expect([first.state, cache.list()]).toMatchObject(['closed', [{ id: 's2' }]]);
  });

  it('goes on with what its user has disconnected and connected again', async () => {
    await using cache = new SessionCache();
    const told: string[] = [];
    cache.on('reconnected', ({ id }) => told.push(id));
    const first = await cache.get('local:');
    await first.disconnect();
    await first.execute('true');
    expect(told).toEqual(['s1']);
    expect(await cache.get('local:')).toBe(first);
  });

  it('closes what has been idle, and goes on counting where it is used', async () => {
    await using cache = new SessionCache({ idleTimeout: 20 });
    const evicted = new Promise((resolve) => cache.once('evicted', resolve));
    await cache.get('local:');
    expect(await evicted).toMatchObject({ id: 's1', state: 'closed', active: 0 });
    expect(cache.size).toBe(0);
  });

  it('tells what becomes of sessions, on hawser:session and in the debug log', async () => {
    const events: SessionEvent[] = [];
    let log = '';
    const stops = [
      diagnostics.session.subscribe((event) => events.push(event)),
      startDebugLog((line) => {
        log += line;
      }),
    ];
    const cache = new SessionCache();
    await cache.get('local:');
    await cache.get('local:');
    await cache.closeAll();
    for (const stop of stops) stop();
    expect(events.map(({ type, session }) => [type, session.id, session.reused])).toEqual([
      ['created', 's1', 0],
      ['reused', 's1', 1],
      ['closed', 's1', 1],
    ]);
    expect(log).toMatch(/local: session s1 created localhost\n/);
    expect(log).toMatch(/local: session s1 closed localhost\n/);
  });
});
