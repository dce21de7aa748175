import { expectTypeOf, it } from 'vitest';
import type {
  CommandResult,
  FleetEvent,
  FleetExecuteOptions,
  FleetRun,
  FleetStream,
  MultiConnection,
  SshConnection,
} from '../../src/index.js';

// What `encoding` says decides whether text or bytes come out; nothing here is called.
const calls = (mc: MultiConnection<SshConnection>, encoding: BufferEncoding, o: FleetExecuteOptions) => ({
  text: mc.execute('x'),
  latin1: mc.execute('x', { encoding: 'latin1', timeout: 5 }),
  anyText: mc.execute('x', { encoding }),
  bytes: mc.execute('x', { encoding: 'buffer', batchSize: 5 }),
  either: mc.execute('x', o),
  mapText: mc.executeMap({ a: 'x' }),
  mapBytes: mc.executeMap(new Map([['a', ['ls', '-l']]]), { encoding: 'buffer' }),
  streamText: mc.stream('x'),
  streamLatin1: mc.stream(['ls', '-l'], { encoding: 'latin1', input: 'in' }),
  streamBytes: mc.stream('x', { encoding: 'buffer', signal: AbortSignal.timeout(5) }),
});

type Calls = ReturnType<typeof calls>;

it('commands of a fleet give text, or bytes where they are asked for', () => {
  expectTypeOf<Calls['text']>().toEqualTypeOf<FleetRun<CommandResult>>();
  expectTypeOf<Calls['latin1']>().toEqualTypeOf<FleetRun<CommandResult>>();
  expectTypeOf<Calls['anyText']>().toEqualTypeOf<FleetRun<CommandResult>>();
  expectTypeOf<Calls['bytes']>().toEqualTypeOf<FleetRun<CommandResult<Buffer>>>();
  expectTypeOf<Calls['either']>().toExtend<FleetRun<CommandResult<string> | CommandResult<Buffer>>>();
  expectTypeOf<Calls['mapText']>().toEqualTypeOf<FleetRun<CommandResult>>();
  expectTypeOf<Calls['mapBytes']>().toEqualTypeOf<FleetRun<CommandResult<Buffer>>>();
});

it('so do streams, whose events say what they carry', () => {
  expectTypeOf<Calls['streamText']>().toEqualTypeOf<FleetStream<FleetEvent>>();
  expectTypeOf<Calls['streamLatin1']>().toEqualTypeOf<FleetStream<FleetEvent>>();
  expectTypeOf<Calls['streamBytes']>().toEqualTypeOf<FleetStream<FleetEvent<Buffer>>>();
  expectTypeOf<Extract<FleetEvent<Buffer>, { type: 'stdout' | 'stderr' }>['data']>().toEqualTypeOf<Buffer>();
  expectTypeOf<Extract<FleetEvent, { type: 'stdout' | 'stderr' }>['data']>().toEqualTypeOf<string>();
  expectTypeOf<Extract<FleetEvent, { type: 'exit' | 'error' }>>().not.toHaveProperty('data');
  expectTypeOf<Extract<FleetEvent, { type: 'exit' | 'error' }>['result']>().not.toHaveProperty('stdout');
});

it('what is no option of a stream is refused', () => {
  const wrong = (mc: MultiConnection): unknown[] => [
    // @ts-expect-error: nothing is collected
    mc.stream('x', { maxBuffer: 5 }),
    // @ts-expect-error: there is no such encoding
    mc.stream('x', { encoding: 'text' }),
    // @ts-expect-error: there is no such encoding
    mc.execute('x', { encoding: 'bytes' }),
  ];
  expectTypeOf(wrong).returns.toEqualTypeOf<unknown[]>();
});
