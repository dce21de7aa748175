import { expectTypeOf, it } from 'vitest';
import {
  Connection,
  Device,
  LocalConnection,
  type OpenedTransport,
  type PooledConnection,
  type RemoteFs,
  type SshConnection,
} from '../../src/index.js';

class Router extends Connection {
  readonly id = 'router';

  protected openTransport(): Promise<OpenedTransport> {
    throw new Error('never opened');
  }

  configure(lines: readonly string[]): Promise<number> {
    return Promise.resolve(lines.length);
  }
}

const connections = { mgmt: { class: Router }, shell: { protocol: 'local' } };
const r1 = new Device<{ default: Router; vty_1: SshConnection }>('r1', { connections });

type R1 = typeof r1;

it('types the services of the default connection on the device', () => {
  expectTypeOf<R1['configure']>().toEqualTypeOf<Router['configure']>();
  expectTypeOf<R1['execute']>().toEqualTypeOf<Router['execute']>();
  expectTypeOf<R1['fs']>().toEqualTypeOf<RemoteFs>();
  const members = () => [
    // @ts-expect-error the life cycle is the manager's
    r1.close,
    // @ts-expect-error events are the connection's own
    r1.on,
    // @ts-expect-error there is no such service
    r1.reload,
  ];
  expectTypeOf(members).toBeFunction();
});

it('types the connections by their aliases', () => {
  expectTypeOf<R1['vty_1']>().toEqualTypeOf<SshConnection>();
  expectTypeOf<R1['default']>().toEqualTypeOf<Router>();
  const members = () => [
    // @ts-expect-error nobody said that there is such an alias
    r1.vty_2,
    // @ts-expect-error an SshConnection has no such service
    r1.vty_1.configure,
  ];
  expectTypeOf(members).toBeFunction();
});

it('types what connect and instantiate give by alias, else by class', () => {
  const calls = () => ({
    byDefault: r1.connect(),
    withArguments: r1.connect({ via: 'mgmt', termWidth: 512 }),
    byAlias: r1.connect({ alias: 'vty_1', via: 'mgmt' }),
    byClass: r1.connect({ cls: LocalConnection, via: 'shell' }),
    made: r1.instantiate({ cls: LocalConnection }),
    unnamed: r1.connect({ alias: 'other' }),
    held: r1.connection('vty_1'),
    heldOther: r1.connection<LocalConnection>('other'),
    heldDefault: r1.connection(),
  });
  expectTypeOf(calls).returns.toEqualTypeOf<{
    byDefault: Promise<Router>;
    withArguments: Promise<Router>;
    byAlias: Promise<SshConnection>;
    byClass: Promise<LocalConnection>;
    made: LocalConnection;
    unnamed: Promise<Connection>;
    held: SshConnection;
    heldOther: LocalConnection;
    heldDefault: Router;
  }>();
});

it('types a pool by its workers', () => {
  const pooled = new Device<{ default: PooledConnection<Router> }>('r4', { connections });
  const calls = () => ({
    byDefault: r1.connect({ poolSize: 3 }),
    byClass: r1.connect({ cls: LocalConnection, poolSize: 3 }),
    made: r1.instantiate({ cls: LocalConnection, poolSize: 3, alias: 'pool' }),
    saidToBeOne: pooled.connect({ poolSize: 3 }),
  });
  expectTypeOf(calls).returns.toEqualTypeOf<{
    byDefault: Promise<PooledConnection<Router>>;
    byClass: Promise<PooledConnection<LocalConnection>>;
    made: PooledConnection<LocalConnection>;
    saidToBeOne: Promise<PooledConnection<Router>>;
  }>();
});

it('types a device of which nothing is said by what every connection has', () => {
  const plain = new Device('r2');
  expectTypeOf(plain).toExtend<Device>();
  const members = () => ({
    execute: plain.execute,
    connected: plain.connect(),
    // @ts-expect-error not every connection has it
    configure: plain.configure,
  });
  expectTypeOf<ReturnType<typeof members>['execute']>().toEqualTypeOf<Connection['execute']>();
  expectTypeOf<ReturnType<typeof members>['connected']>().toEqualTypeOf<Promise<Connection>>();
});

it('refuses arguments of the wrong type', () => {
  const calls = () => {
    // @ts-expect-error a number
    r1.connect({ poolSize: '3' });
    // @ts-expect-error not a class of connections
    r1.connect({ cls: Map });
    // @ts-expect-error one of three words
    r1.connect({ ifExists: 'maybe' });
    // @ts-expect-error a port is a number
    r1.connect({ port: '22' });
  };
  expectTypeOf(calls).toBeFunction();
});

it('may be extended', () => {
  class Edge extends Device<{ default: Router }> {
    rename(name: string): Promise<number> {
      return this.configure([`hostname ${name}`]);
    }
  }
  expectTypeOf(new Edge('r3').rename).parameters.toEqualTypeOf<[string]>();
  expectTypeOf<InstanceType<typeof SshConnection>>().toExtend<Connection>();
});
