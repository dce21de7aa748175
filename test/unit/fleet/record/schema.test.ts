import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MultiConnection } from '../../../../src/fleet/multi-connection.js';
import { BAD_RECORDS } from './bad-records.js';
import { anyTarget } from './targets.js';

const text = readFileSync(new URL('../../../../schema/fleet.schema.json', import.meta.url), 'utf8');
const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(JSON.parse(text));

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

  it('refuses a field called __proto__', () => {
    expect(validate(JSON.parse('{ "version": 1, "entries": [], "__proto__": {} }'))).toBe(false);
  });
});
