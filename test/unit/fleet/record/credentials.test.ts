import { describe, expect, it } from 'vitest';
import { OptionError } from '../../../../src/core/hawser-error.js';
import { MultiConnection } from '../../../../src/fleet/multi-connection.js';
import type { Target, UnrecordedField } from '../../../../src/inventory/target.js';

const KEY = '-----BEGIN OPENSSH PRIVATE KEY-----\nx\n-----END OPENSSH PRIVATE KEY-----\n';
const gate: Target = { host: 'gate', password: 'x' };
const targets: readonly (Target | string)[] = [
  { host: 'web1', password: 'x', privateKey: ['/key', KEY], proxyJump: gate },
  'web2',
  { host: 'web3', keyboardInteractive: async () => [], hostKey: () => true, passphrase: () => 'x', proxyJump: gate },
];
const record = new MultiConnection(targets).toJSON();

/** Who was asked for what. */
function asked(): {
  readonly calls: [string, string, readonly UnrecordedField[]][];
  ask: (k: string, t: Target, m: readonly UnrecordedField[]) => undefined;
} {
  const calls: [string, string, readonly UnrecordedField[]][] = [];
  return {
    calls,
    ask: (key, { host }, missing) => {
      calls.push([key, host, missing]);
    },
  };
}

describe('the credentials of a fleet that is read', () => {
  it('are asked for once for each machine that lacks some, jump hosts under their own names', () => {
    const { calls, ask } = asked();
    MultiConnection.fromJSON(record, { credentials: ask });
    expect(calls).toEqual([
      ['gate', 'gate', ['password']],
      ['web1', 'web1', ['password', 'privateKey']],
      ['web3', 'web3', ['passphrase', 'keyboardInteractive', 'hostKey']],
    ]);
  });

  it('are asked for once for a pool, and for a jump host that is in the fleet itself', () => {
    const { calls, ask } = asked();
    const pool = new MultiConnection([
      gate,
      gate,
      { host: 'web4', passphrase: 'x', proxyJump: gate },
      { ...gate, port: 1 },
    ]);
    const fleet = MultiConnection.fromString(`${pool}`, { credentials: ask });
    expect(calls.map(([key]) => key)).toEqual(['gate', 'gate', 'web4']);
    expect(new Set(fleet.valuesAll()).size).toBe(4);
  });

  it('stay missing where nobody gives them, and are still named in the next record', () => {
    const again = MultiConnection.fromJSON(record, { credentials: () => undefined });
    expect(again.toJSON()).toEqual(record);
    expect(again.get('web1')?.target.password).toBeUndefined();
    expect(again.get('web3')?.target.hostKey).toBeUndefined();
  });

  it('come back as they were given, functions unasked, and behind the key files that are on record', () => {
    const hostKey = (): boolean => true;
    const password = (): string => {
      throw new Error('It was asked for.');
    };
    const fleet = MultiConnection.fromJSON(record, {
      credentials: (key) => (key === 'web3' ? { hostKey, passphrase: 'p' } : { password, privateKey: KEY }),
    });
    expect(fleet.get('web1')?.target).toMatchObject({ host: 'web1' });
    expect(fleet.get('web1')?.target.password).toBe(password);
    expect(fleet.get('web1')?.target.privateKey).toEqual(['/key', KEY]);
    expect(fleet.get('web1')?.target.missing).toBeUndefined();
    expect(fleet.get('web1')?.target.proxyJump).toEqual([expect.objectContaining({ host: 'gate' })]);
    expect(fleet.get('web3')?.target.hostKey).toBe(hostKey);
    expect(fleet.get('web3')?.target.missing).toEqual(['keyboardInteractive']);
    expect(fleet.toJSON().entries.map(({ missing }) => missing)).toEqual(record.entries.map(({ missing }) => missing));
  });

  it('reach a jump host as its own', () => {
    const fleet = MultiConnection.fromJSON(record, { credentials: (key) => ({ password: `of ${key}` }) });
    const hops = [fleet.get('web1')?.target.proxyJump ?? []].flat();
    expect(hops.map((hop) => (typeof hop === 'object' && 'password' in hop ? hop.password : undefined))).toEqual([
      'of gate',
    ]);
    expect(fleet.get('web1')?.target.password).toBe('of web1');
  });

  it.each<[what: string, credentials: () => unknown]>([
    ['a text', () => 'hunter2'],
    ['null', () => null],
    ['another field', () => ({ password: 'hunter2', host: 'elsewhere' })],
    ['a value of a wrong type', () => ({ password: 7 })],
    ['a promise, which is for `load`', async () => ({ password: 'hunter2' })],
    ['a promise that fails', () => Promise.reject(new Error('hunter2'))],
  ])('are refused where they are %s', (_what, credentials) => {
    const reading = (): unknown => Reflect.apply(MultiConnection.fromJSON, MultiConnection, [record, { credentials }]);
    expect(reading).toThrow(OptionError);
    expect(reading).not.toThrow('hunter2');
  });

  it('let what the provider throws through', () => {
    const error = new Error('The vault is shut.');
    const credentials = (): never => {
      throw error;
    };
    expect(() => MultiConnection.fromJSON(record, { credentials })).toThrow(error);
  });
});
