import { expectTypeOf, it } from 'vitest';
import {
  type CommandResult,
  type Connection,
  ConnectionPool,
  LocalConnection,
  type MultiConnection,
  type PooledConnection,
  type PoolLease,
} from '../../src/index.js';

class Console extends LocalConnection {
  readonly prompt = '$';
  async configure(lines: readonly string[]): Promise<number> {
    return lines.length;
  }
  now(): number {
    return 0;
  }
}

// Nothing here is called.
const calls = (plain: ConnectionPool<Console>, pooled: PooledConnection<Console>, mc: MultiConnection) => [
  expectTypeOf(plain).toExtend<Connection>(),
  expectTypeOf(plain.execute('x')).toEqualTypeOf<Promise<CommandResult>>(),
  expectTypeOf(plain.execute('x', { encoding: 'buffer' })).toEqualTypeOf<Promise<CommandResult<Buffer>>>(),
  expectTypeOf(plain.acquire()).toEqualTypeOf<Promise<PoolLease<Console>>>(),
  expectTypeOf(plain.use((worker) => worker.configure([]))).toEqualTypeOf<Promise<number>>(),
  expectTypeOf(plain.use(async (worker) => worker.prompt)).toEqualTypeOf<Promise<string>>(),
  expectTypeOf(plain.workers).toEqualTypeOf<readonly Console[]>(),
  expectTypeOf(ConnectionPool.of(() => new Console({ target: { host: 'x' } }), { size: 1 })).toEqualTypeOf(pooled),
  expectTypeOf(pooled.configure([])).toEqualTypeOf<Promise<number>>(),
  expectTypeOf(pooled.execute('x')).toEqualTypeOf<Promise<CommandResult>>(),
  plain satisfies ConnectionPool,
  pooled satisfies ConnectionPool,
  mc.set('x', pooled),
  // @ts-expect-error it has it at once, and a pool would have to wait for a worker
  pooled.now(),
  // @ts-expect-error it is one worker's own
  pooled.prompt,
  // @ts-expect-error only `ConnectionPool.of` has them in its type
  plain.configure([]),
];

it('has the services of its workers in its type', () => {
  expectTypeOf(calls).toBeFunction();
});
