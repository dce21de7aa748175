import { expectTypeOf, it } from 'vitest';
import type {
  AddOptions,
  Connection,
  FleetRun,
  HostEntry,
  HostValue,
  LocalConnection,
  SshConnection,
} from '../../src/index.js';
import { MultiConnection } from '../../src/index.js';

// What is handed in decides what comes out; nothing here is called.
const calls = (
  ssh: MultiConnection<SshConnection>,
  list: SshConnection[],
  local: LocalConnection,
  one: SshConnection,
) => ({
  made: new MultiConnection(['web1', local]),
  madeEmpty: new MultiConnection([]),
  madeOf: new MultiConnection<SshConnection>(list),
  opened: MultiConnection.open(['web1']),
  shared: MultiConnection.fromSharedAuth({ hosts: 'web[1-3]' }),
  borrowed: MultiConnection.fromConnections(list),
  mixed: MultiConnection.fromConnections([...list, local]),
  get: ssh.get('a'),
  all: ssh.getAll('a'),
  values: [...ssh.values(), ...ssh.valuesAll()],
  entries: [...ssh, ...ssh.entries(), ...ssh.entriesAll()],
  popped: ssh.pop('a'),
  poppedAll: ssh.popAll('a'),
  poppedItem: ssh.popItem(),
  poppedItemAll: ssh.popItemAll(),
  cloned: ssh.clone(),
  copied: ssh.copy(),
  sum: ssh.concat(local),
  sumOfFleets: ssh.concat(new MultiConnection(['web1'])),
  chained: ssh.set('a', one).add(ssh).update(new Map(ssh.entries())),
  connected: ssh.connect(),
  each: ssh.each(async (connection) => connection),
});

type Calls = ReturnType<typeof calls>;

it('a fleet that targets make is one of connections of any class', () => {
  expectTypeOf<Calls['made']>().toEqualTypeOf<MultiConnection>();
  expectTypeOf<Calls['made']>().toEqualTypeOf<MultiConnection<Connection>>();
  expectTypeOf<Calls['madeEmpty']>().toEqualTypeOf<MultiConnection>();
  expectTypeOf<Calls['opened']>().toEqualTypeOf<Promise<MultiConnection>>();
  expectTypeOf<Calls['shared']>().toEqualTypeOf<MultiConnection>();
});

it('a fleet of connections that exist is one of their class', () => {
  expectTypeOf<Calls['borrowed']>().toEqualTypeOf<MultiConnection<SshConnection>>();
  expectTypeOf<Calls['madeOf']>().toEqualTypeOf<MultiConnection<SshConnection>>();
  expectTypeOf<Calls['mixed']>().toEqualTypeOf<MultiConnection<SshConnection | LocalConnection>>();
});

it('what comes out of a fleet is of the class that went in', () => {
  expectTypeOf<Calls['get']>().toEqualTypeOf<SshConnection | undefined>();
  expectTypeOf<Calls['all']>().toEqualTypeOf<readonly SshConnection[]>();
  expectTypeOf<Calls['values']>().toEqualTypeOf<SshConnection[]>();
  expectTypeOf<Calls['entries']>().toEqualTypeOf<[string, SshConnection][]>();
  expectTypeOf<Calls['popped']>().toEqualTypeOf<SshConnection | undefined>();
  expectTypeOf<Calls['poppedAll']>().toEqualTypeOf<SshConnection[]>();
  expectTypeOf<Calls['poppedItem']>().toEqualTypeOf<[string, SshConnection] | undefined>();
  expectTypeOf<Calls['poppedItemAll']>().toEqualTypeOf<[string, SshConnection[]] | undefined>();
  expectTypeOf<Calls['connected']>().toEqualTypeOf<FleetRun<HostValue<SshConnection>>>();
  expectTypeOf<Calls['each']>().toEqualTypeOf<FleetRun<HostValue<SshConnection>>>();
});

it('copies are of the same class, and sums of both', () => {
  expectTypeOf<Calls['cloned']>().toEqualTypeOf<MultiConnection<SshConnection>>();
  expectTypeOf<Calls['copied']>().toEqualTypeOf<MultiConnection<SshConnection>>();
  expectTypeOf<Calls['sum']>().toEqualTypeOf<MultiConnection<SshConnection | LocalConnection>>();
  expectTypeOf<Calls['sumOfFleets']>().toExtend<MultiConnection>();
  expectTypeOf<Calls['chained']>().toEqualTypeOf<MultiConnection<SshConnection>>();
});

it('a fleet of one class stands where one of any class is asked for, and not the other way round', () => {
  expectTypeOf<MultiConnection<SshConnection>>().toExtend<MultiConnection>();
  expectTypeOf<MultiConnection>().not.toExtend<MultiConnection<SshConnection>>();
});

it('a fleet of one class takes no targets, for they may be of another', () => {
  const wrong = (local: LocalConnection, ssh: MultiConnection<SshConnection>): unknown[] => [
    // @ts-expect-error: a target may be this machine
    new MultiConnection<SshConnection>(['local:']),
    // @ts-expect-error: another class
    ssh.set('a', local),
    // @ts-expect-error: another class
    ssh.add(local),
  ];
  expectTypeOf(wrong).returns.toEqualTypeOf<unknown[]>();
});

it('a host entry may be written as in ssh_config, or all in lower case', () => {
  expectTypeOf<{ hostname: string; identityfile: string; user: string }>().toExtend<HostEntry>();
  expectTypeOf<{ hostName: string; identityFile: string[]; port: number }>().toExtend<HostEntry>();
  expectTypeOf<{ host: number }>().not.toExtend<HostEntry>();
  expectTypeOf<AddOptions>().toEqualTypeOf<{ readonly own?: boolean }>();
});
