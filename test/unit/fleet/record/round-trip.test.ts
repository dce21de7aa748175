import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CliConnection } from '../../../../src/connection/cli-connection.js';
import { LocalConnection } from '../../../../src/connection/local-connection.js';
import { OpenSshConnection } from '../../../../src/connection/open-ssh-connection.js';
import { SshConnection } from '../../../../src/connection/ssh-connection.js';
import { TelnetConnection } from '../../../../src/connection/telnet-connection.js';
import { MultiConnection } from '../../../../src/fleet/multi-connection.js';
import type { JumpHost, Target } from '../../../../src/inventory/target.js';
import { anyTarget, SECRET_MARK } from './targets.js';

const fleets = fc.record({
  targets: fc.array(anyTarget, { maxLength: 5 }),
  limits: fc.record(
    {
      batchSize: fc.integer({ min: 1 }),
      connectConcurrency: fc.integer({ min: 1 }),
      maxConnections: fc.nat().map((n) => n + 1),
    },
    { requiredKeys: [] },
  ),
});

describe('a fleet that is written down and read again', () => {
  it('is the same fleet, whatever it is made of', () => {
    fc.assert(
      fc.property(fleets, ({ targets, limits }) => {
        const fleet = new MultiConnection(targets, limits);
        const again = MultiConnection.fromString(fleet.toString());
        expect(again.toJSON()).toEqual(fleet.toJSON());
        expect(MultiConnection.fromJSON(fleet.toJSON()).toString()).toBe(fleet.toString());
        expect(structuredClone(fleet.toJSON())).toEqual(fleet.toJSON());
        expect(JSON.parse(JSON.stringify(fleet))).toEqual(fleet.toJSON());
        expect([...again.keysAll()]).toEqual([...fleet.keysAll()]);
      }),
    );
  });

  it('gives no secret away, by its text, its record, or by being looked at', () => {
    fc.assert(
      fc.property(fleets, ({ targets, limits }) => {
        const fleet = new MultiConnection(targets, limits);
        const all = { depth: null, showHidden: false, maxArrayLength: null } as const;
        for (const text of [fleet.toString(), `${fleet}`, inspect(fleet.toJSON(), all), inspect(fleet, all)]) {
          expect(text).not.toContain(SECRET_MARK);
          expect(text).not.toContain(Buffer.from(SECRET_MARK).toString('hex').match(/../g)?.join(' '));
          expect(text).not.toContain(Buffer.from(SECRET_MARK).toString('base64').slice(0, -2));
        }
      }),
    );
  });

  it('shows no secret that was given back when it was read', () => {
    const record = new MultiConnection([{ host: 'web1', password: 'x', proxyJump: { host: 'gate', passphrase: 'x' } }]);
    const fleet = MultiConnection.fromString(`${record}`, { credentials: () => ({ password: SECRET_MARK }) });
    expect(fleet.get('web1')?.target.password).toBe(SECRET_MARK);
    expect(inspect(fleet, { depth: null }) + inspect(fleet.get('web1'), { depth: null }) + fleet).not.toContain(
      SECRET_MARK,
    );
  });

  it('keeps keys, pools, kinds, names and limits, and opens nothing', () => {
    const fleet = new MultiConnection(['web1', 'local:', 'web1', 'me@web2:2200'], { batchSize: 7, maxConnections: 3 });
    fleet.set('other', new SshConnection({ target: { host: 'web3' }, via: 'console', alias: 'a' }), { own: true });
    const again = MultiConnection.fromJSON(fleet.toJSON());
    expect([...again.keysAll()]).toEqual(['web1', 'web1', 'local:', 'me@web2:2200', 'other']);
    expect(again.get('local:')).toBeInstanceOf(LocalConnection);
    expect(again.get('other')).toMatchObject({ host: 'web3', via: 'console', alias: 'a', state: 'idle' });
    expect(again.toJSON()).toMatchObject({ batchSize: 7, connectConcurrency: 32, maxConnections: 3 });
    expect([...again.valuesAll()].every(({ state }) => state === 'idle')).toBe(true);
  });

  it('keeps what kind of command line it is, and that a master is to be used and no other', () => {
    const target = { host: 'r1' };
    const made = [
      new CliConnection({ target, platform: 'frr' }),
      new CliConnection({ target: { host: 'r2', protocol: 'local' } }),
      new TelnetConnection({ target: { host: 'r3' }, platform: 'ios-like' }),
      new OpenSshConnection({ target: { host: 'r4' }, reuseOnly: true, sshOptions: { ControlPath: '/run/m' } }),
    ];
    const record = MultiConnection.fromConnections(made).toJSON();
    const again = MultiConnection.fromString(JSON.stringify(record));
    expect([...again.values()].map((one) => [one.constructor.name, one.host])).toEqual([
      ['CliConnection', 'r1'],
      ['CliConnection', 'r2'],
      ['TelnetConnection', 'r3'],
      ['OpenSshConnection', 'r4'],
    ]);
    expect(again.get('r1')).toMatchObject({ platform: { name: 'frr' } });
    expect(again.get('r2')).toMatchObject({ platform: undefined });
    expect(again.toJSON()).toEqual(record);
    expect(record.entries[3]).toMatchObject({ reuseOnly: true, sshOptions: { ControlPath: '/run/m' } });
  });

  it('owns its connections, also those that were borrowed', async () => {
    const borrowed = MultiConnection.fromConnections([new LocalConnection({ target: { host: 'here' } })]);
    const again = MultiConnection.fromJSON(borrowed.toJSON());
    const connection = again.get('here');
    await again.close();
    expect(connection).toBeInstanceOf(LocalConnection);
    expect(connection?.state).toBe('closed');
    expect(borrowed.get('here')?.state).toBe('idle');
  });

  it('records an open jump host in full, and one of another making by what it is called', () => {
    const gate = new SshConnection({ target: { host: 'gate', port: 2222, password: 'x', key: 'g' } });
    const dial: JumpHost['dial'] = () => Promise.reject(new Error('no'));
    const proxyJump = [gate, { id: 'me@far:22', host: 'far', dial }, { id: 'the far one', host: 'far', dial }];
    const [entry] = new MultiConnection([{ host: 'web1', proxyJump }]).toJSON().entries;
    expect(entry?.proxyJump).toEqual([
      { key: 'g', kind: 'ssh', host: 'gate', port: 2222, missing: ['password'] },
      'me@far:22',
      { kind: 'ssh', host: 'far' },
    ]);
  });

  it('shares no data with what it was made of, nor with what it was read from', () => {
    const algorithms = { kex: ['a'] };
    const target: Target = { host: 'web1', algorithms, keepAlive: { interval: 1, countMax: 1 } };
    const fleet = new MultiConnection([target]);
    const record = fleet.toJSON();
    const again = MultiConnection.fromJSON(record);
    algorithms.kex.push('b');
    expect(record.entries[0]?.algorithms).toEqual({ kex: ['a'] });
    Reflect.set(record.entries[0]?.algorithms ?? {}, 'kex', ['c']);
    expect(again.toJSON().entries[0]?.algorithms).toEqual({ kex: ['a'] });
  });
});
