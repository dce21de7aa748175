import { expectTypeOf, it } from 'vitest';
import { type ConnectionRecord, type Credentials, MultiConnection, type MultiRecord } from '../../src/index.js';

const record = new MultiConnection(['web1']).toJSON();

it('types the record of a fleet and of a connection', () => {
  expectTypeOf(record).toEqualTypeOf<MultiRecord>();
  expectTypeOf<ConnectionRecord>().toExtend<MultiRecord['entries'][number]>();
  expectTypeOf(MultiConnection.load).returns.resolves.toEqualTypeOf<MultiConnection>();
});

it('takes credentials that are there at once, and promises where a file is waited for anyway', () => {
  MultiConnection.fromJSON(record, { credentials: (key) => ({ password: async () => key }) });
  MultiConnection.fromString(`${new MultiConnection([])}`, { credentials: () => undefined });
  // @ts-expect-error a promise is no answer here
  MultiConnection.fromJSON(record, { credentials: async () => ({ password: 'x' }) });
  // @ts-expect-error no other field of a target can be given
  MultiConnection.fromJSON(record, { credentials: () => ({ host: 'elsewhere' }) });
  expectTypeOf<{ credentials: () => Promise<Credentials> }>().toExtend<
    NonNullable<Parameters<typeof MultiConnection.load>[1]>
  >();
});
