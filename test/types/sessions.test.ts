import { expectTypeOf, it } from 'vitest';
import type { Connection, HawserError, SessionCache, SessionInfo } from '../../src/index.js';

it('events of a session cache say what comes with them', () => {
  const listen = (cache: SessionCache): void => {
    cache.on('created', (session) => expectTypeOf(session).toEqualTypeOf<SessionInfo>());
    cache.on('lost', (session, reason) => {
      expectTypeOf(session).toEqualTypeOf<SessionInfo>();
      expectTypeOf(reason).toEqualTypeOf<HawserError>();
    });
    // @ts-expect-error There is no such event.
    cache.on('opened', () => {});
  };
  expectTypeOf(listen).toBeFunction();
});

it('a session is asked for by whatever names a machine, and given as a connection', () => {
  expectTypeOf<ReturnType<SessionCache['get']>>().toEqualTypeOf<Promise<Connection>>();
  expectTypeOf<SessionCache['close']>().toBeCallableWith('web1');
  expectTypeOf<SessionCache['close']>().toBeCallableWith({} as SessionInfo);
  expectTypeOf<SessionCache['get']>().toBeCallableWith({ host: 'web1' }, { signal: AbortSignal.timeout(1) });
});
