import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MultiConnection } from '../../../../src/fleet/multi-connection.js';
import { BAD_RECORDS } from './bad-records.js';
import { anyTarget } from './targets.js';

const text = readFileSync(new URL('../../../../schema/fleet.schema.json', import.meta.url), 'utf8');
const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(JSON.parse(text));

/** What may stand in the place of something else. */
const strange: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0, 1, -1, 22, 1.5, 65_536, 2 ** 31, 2 ** 53, '', 'a', 'ssh', 'password'),
  fc.constantFrom<unknown>(
    [],
    [[]],
    ['a'],
    [1],
    ['password'],
    {},
    { a: 1 },
    { kind: 'ssh', host: 'a' },
    { interval: 1 },
  ),
);

/** Every place of a record, as what holds it and under which name, and one more in each object. */
function* placesIn(value: unknown): Generator<[holder: object, field: string]> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield [value, 'stray'];
  for (const [field, inner] of Object.entries(value)) {
    yield [value, field];
    yield* placesIn(inner);
  }
}

function isRead(record: unknown): boolean {
  try {
    MultiConnection.fromString(JSON.stringify(record));
    return true;
  } catch (error) {
    // This version does not speak all kinds that a record may have.
    return error instanceof Error && error.message.startsWith('Cannot make a connection');
  }
}

describe('the JSON Schema of a fleet', () => {
  it('takes every record that a fleet gives', () => {
    fc.assert(
      fc.property(fc.array(anyTarget, { maxLength: 5 }), (targets) => {
        expect(validate(new MultiConnection(targets).toJSON()), JSON.stringify(validate.errors)).toBe(true);
      }),
    );
  });

  it('takes what an editor and a hand may add or leave out', () => {
    const entries = [
      {
        version: 1,
        key: 'web1',
        kind: 'ssh',
        host: 'web1',
        via: 'a',
        alias: 'b',
        proxyJump: ['[::1]:22', '::1', 'local:'],
      },
    ];
    const record = { $schema: 'fleet.schema.json', version: 1, entries };
    expect(validate(record), JSON.stringify(validate.errors)).toBe(true);
    expect(MultiConnection.fromString(JSON.stringify(record)).size).toBe(1);
  });

  it.each(BAD_RECORDS)('refuses %s, as the reader does', (_what, _path, record) => {
    expect(validate(record)).toBe(false);
  });

  it('and the reader are of one mind about records that were tampered with', () => {
    fc.assert(
      fc.property(fc.array(anyTarget, { minLength: 1, maxLength: 2 }), fc.nat(), strange, (targets, nth, value) => {
        const record: unknown = JSON.parse(`${new MultiConnection(targets, { maxConnections: 3 })}`);
        const places = [...placesIn(record)];
        const [holder, field] = places[nth % places.length] ?? [{}, ''];
        Reflect.set(holder, field, value);
        expect(validate(record), `${field}: ${JSON.stringify(record)}`).toBe(isRead(record));
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses a field called __proto__', () => {
    expect(validate(JSON.parse('{ "version": 1, "entries": [], "__proto__": {} }'))).toBe(false);
  });
});
