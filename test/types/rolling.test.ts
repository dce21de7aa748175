import { expectTypeOf, it } from 'vitest';
import type {
  CommandResult,
  Connection,
  FleetBatch,
  FleetOptions,
  HostText,
  HostValue,
  MultiConnection,
  MultiResult,
  RollingOptions,
  StreamedResult,
  TransferSummary,
} from '../../src/index.js';

// What a gate is given is what the call gives; nothing here is called.
const calls = (mc: MultiConnection) => [
  mc.execute('x', {
    serial: 1,
    between: (r) => {
      expectTypeOf(r).toEqualTypeOf<MultiResult<CommandResult>>();
      return r.ok;
    },
  }),
  mc.execute('x', {
    encoding: 'buffer',
    between: (r) => {
      expectTypeOf(r).toEqualTypeOf<MultiResult<CommandResult<Buffer>>>();
      return true;
    },
  }),
  mc.executeMap(
    { a: 'x' },
    {
      between: (r) => {
        expectTypeOf(r).toEqualTypeOf<MultiResult<CommandResult>>();
        return r.ok;
      },
    },
  ),
  mc.each(async () => 1, { between: (r: MultiResult<HostValue<number>>) => r.ok }),
  mc.connect({
    between: (r) => {
      expectTypeOf(r).toEqualTypeOf<MultiResult<HostValue<Connection>>>();
      return r.ok;
    },
  }),
  mc.stream('x', {
    between: (r) => {
      expectTypeOf(r).toEqualTypeOf<MultiResult<StreamedResult>>();
      return r.ok;
    },
  }),
  mc.upload('a', 'b', {
    between: (r) => {
      expectTypeOf(r).toEqualTypeOf<MultiResult<HostValue<TransferSummary>>>();
      return r.ok;
    },
  }),
  mc.sftpRead('a', 'b', {
    between: (r) => {
      expectTypeOf(r).toEqualTypeOf<MultiResult<HostText>>();
      return r.ok;
    },
  }),
  mc
    .with({
      between: (r) => {
        expectTypeOf(r).toEqualTypeOf<MultiResult<HostValue<unknown>>>();
        return r.ok;
      },
    })
    .fs.stat('a'),
  // One that asks for nothing in particular goes everywhere.
  mc.execute('x', { between: ({ ok }: { ok: boolean }) => ok }),
];

it('a gate is given results of the type that the call gives', () => {
  expectTypeOf(calls).returns.toExtend<readonly unknown[]>();
  expectTypeOf<ReturnType<MultiConnection['only']>>().toEqualTypeOf<MultiConnection>();
});

it('the rolling options say what they take', () => {
  expectTypeOf<RollingOptions['serial']>().toEqualTypeOf<number | string | readonly (number | string)[] | undefined>();
  expectTypeOf<FleetOptions['order']>().toEqualTypeOf<'fleet' | 'random' | undefined>();
  expectTypeOf<FleetOptions['maxFailures']>().toEqualTypeOf<number | `${number}%` | undefined>();
  expectTypeOf<Parameters<NonNullable<FleetOptions['onBatch']>>>().toEqualTypeOf<[FleetBatch]>();
});
