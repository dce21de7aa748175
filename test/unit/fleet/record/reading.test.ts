import { describe, expect, it } from 'vitest';
import { OptionError, ParseError } from '../../../../src/core/hawser-error.js';
import { MultiConnection } from '../../../../src/fleet/multi-connection.js';
import { BAD_RECORDS } from './bad-records.js';

/** What a call throws. */
function thrown(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('It threw nothing.');
}

/** Puts a record where one is expected, whatever it is. */
const fromObject = (record: unknown): unknown => Reflect.apply(MultiConnection.fromJSON, MultiConnection, [record]);

describe('reading the record of a fleet', () => {
  it.each(BAD_RECORDS)('refuses %s in a text, and says where', (_what, path, record) => {
    const text = JSON.stringify(record, undefined, 2);
    const error = thrown(() => MultiConnection.fromString(text));
    expect(error).toBeInstanceOf(ParseError);
    expect(error).toMatchObject({ message: expect.stringContaining(` ${path}`) });
    expect(String(error)).not.toContain('hunter2');
  });

  it.each(
    BAD_RECORDS.filter(([, , record]) => typeof record !== 'string'),
  )('refuses %s in an object, and says where', (_what, path, record) => {
    const error = thrown(() => fromObject(record));
    expect(error).toBeInstanceOf(OptionError);
    expect(error).toMatchObject({ message: expect.stringContaining(` ${path}`) });
    expect(String(error)).not.toContain('hunter2');
  });

  it('says at which line and column a value or an unknown field stands', () => {
    const text = `{
  "version": 1,
  "entries": [
    { "key": "web1", "kind": "ssh", "host": "web1" },
    { "key": "web2", "kind": "ssh", "host": "web2", "port": 0 }
  ]
}`;
    expect(thrown(() => MultiConnection.fromString(text))).toMatchObject({ line: 5, column: 61 });
    const stray = text.replace('"port": 0', '"prot": 1');
    expect(thrown(() => MultiConnection.fromString(stray))).toMatchObject({ line: 5, column: 53 });
  });

  it('says at which line and column a text is no JSON, and quotes nothing of it', () => {
    const error = thrown(() => MultiConnection.fromString('{\n  "version": 1,\n  "entries": [hunter2]\n}'));
    expect(error).toBeInstanceOf(ParseError);
    expect(error).toMatchObject({ line: 3, column: 15 });
    expect(String(error)).not.toContain('hunter2');
  });

  it.each([
    '__proto__',
    'constructor',
    'toString',
  ])('takes %s for an unknown field, and nothing else comes of it', (name) => {
    const text = `{ "version": 1, "entries": [], "${name}": { "polluted": true } }`;
    expect(thrown(() => MultiConnection.fromString(text))).toBeInstanceOf(ParseError);
    expect(thrown(() => fromObject(JSON.parse(text)))).toBeInstanceOf(OptionError);
    const inner = `{ "version": 1, "entries": [{ "key": "a", "kind": "ssh", "host": "a", "${name}": { "polluted": true } }] }`;
    expect(thrown(() => MultiConnection.fromString(inner))).toBeInstanceOf(ParseError);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it('takes a key of any name', () => {
    const keys = ['__proto__', 'constructor', '$.entries', '0'];
    const fleet = new MultiConnection(keys.map((key) => ({ host: 'web1', key })));
    expect([...MultiConnection.fromString(`${fleet}`).keys()]).toEqual(keys);
  });

  it('refuses what is no data, and hops that go round in a circle', () => {
    const loop: Record<string, unknown> = { kind: 'ssh', host: 'gate' };
    loop['proxyJump'] = [loop];
    const entry = { key: 'web1', kind: 'ssh', host: 'web1' };
    expect(thrown(() => fromObject({ version: 1, entries: [{ ...entry, proxyJump: [loop] }] }))).toBeInstanceOf(
      OptionError,
    );
    expect(thrown(() => fromObject({ version: 1, entries: [{ ...entry, hostKey: () => true }] }))).toBeInstanceOf(
      OptionError,
    );
    expect(thrown(() => fromObject({ version: 1, entries: [{ ...entry, algorithms: new Map() }] }))).toBeInstanceOf(
      OptionError,
    );
    expect(thrown(() => Reflect.apply(MultiConnection.fromString, MultiConnection, [{}]))).toBeInstanceOf(OptionError);
  });

  it('reads a version that is not its own no further', () => {
    const error = thrown(() => MultiConnection.fromString('{ "format": "hawser/fleet", "version": 7, "hosts": [] }'));
    expect(String(error)).toContain('version 7');
    expect(String(error)).toContain('reads version 1');
  });

  it('reads the records of single connections put together, and fields that are undefined as left out', () => {
    const single = new MultiConnection(['web1', 'me@web2']);
    const entries = [...single.values()].map((connection) => ({ ...connection.toJSON(), port: undefined }));
    const fleet = fromObject({ version: 1, maxConnections: undefined, entries });
    expect(fleet).toBeInstanceOf(MultiConnection);
    expect(`${fleet}`).toBe(`${single}`);
  });
});
