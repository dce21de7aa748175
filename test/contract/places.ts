import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import type { Connection } from '../../src/connection/connection.js';
import { createConnection } from '../../src/connection/create-connection.js';
import type { Target } from '../../src/inventory/target.js';
import { BrokerClient } from '../../src/session/broker/broker-client.js';
import { BrokerServer } from '../../src/session/broker/broker-server.js';
import { SessionCache } from '../../src/session/session-cache.js';
import { type Faults, startTestFleet, type TestFleet, type TestHost } from '../../src/testing/index.js';
import {
  describeReal,
  remoteProcesses,
  type SshdConfig,
  type SshServer,
  startDropbear,
  startSshd,
  waitUntil,
} from '../rigs/rigs.js';

/** A way to a machine that fulfils the contract, as a suite sees it. */
export interface Place {
  readonly name: string;
  /** Whether commands run there as root: OpenSSH passes no signals on to root's processes. */
  readonly isRoot: boolean;
  /** Whether a terminal can change its size. */
  readonly canResize: boolean;
  /** Whether it says that a command was ended by a signal, and by which: ssh(1) keeps that from those who share it. */
  readonly tellsSignals: boolean;
  /**
   * Whether it is dropbear 2022.83, which delivers nothing of what a command has left in the background, and breaks an
   * assertion of its own (`!channel->sent_close`) when some eight short commands end at once, whoever the client is.
   */
  readonly isDropbear: boolean;
  /** Whether the server runs in this process. */
  readonly isEmbedded: boolean;
  /** One open connection for the whole file. */
  shared(): Promise<Connection>;
  /** A new, unconnected connection; it is closed after the test. */
  fresh(o?: Partial<Target>): Connection;
}

/** What a place is before its server runs. */
export interface Plan {
  readonly name: string;
  readonly isRoot?: boolean;
  readonly canResize?: boolean;
  readonly tellsSignals?: boolean;
  readonly isEmbedded?: boolean;
  readonly needs?: readonly ('sshd' | 'dropbear')[];
  start(): Promise<Started>;
}

/** A server that runs, and the way to it. */
interface Started {
  readonly target: Target;
  stop(): Promise<void>;
  /** Makes a connection; where it is left out, as its target says. */
  readonly connection?: (target: Target) => Connection;
}

const QUIET = { keepAlive: false, agent: false, sshConfig: false } as const;

async function startReal(starting: Promise<SshServer>, username?: string): ReturnType<Plan['start']> {
  const server = await starting;
  const target: Target = {
    ...QUIET,
    host: server.host,
    port: server.port,
    username: username ?? server.user,
    privateKey: server.identity,
    knownHosts: server.knownHosts,
  };
  return { target, stop: () => server.stop() };
}

/** A server of OpenSSH with settings of its own. */
export function openSsh(name: string, username?: 'root', config: SshdConfig = {}): Plan {
  // At that depth bash does not read a start-up file of root's, which may be slow or noisy on a developer's machine.
  const settings = { SetEnv: 'SHLVL=1', ...config };
  return {
    name,
    isRoot: username === 'root',
    needs: ['sshd'],
    start: () => startReal(startSshd({ keys: ['ed25519'], config: settings }), username),
  };
}

function throughSystemSsh(name: string, server: Plan): Plan {
  return {
    name,
    tellsSignals: false,
    needs: ['sshd'],
    start: async () => {
      const { target, stop } = await server.start();
      return { target: { ...target, protocol: 'openssh' }, stop };
    },
  };
}

/** A session broker of this process, and what it leads to. Every connection is a client of its own. */
function throughBroker(name: string, server: Plan): Plan {
  return {
    ...server,
    name,
    start: async () => {
      const { target, stop } = await server.start();
      const directory = await mkdtemp(join(tmpdir(), 'hawser-broker-'));
      const sessions = new SessionCache();
      const broker = new BrokerServer({ sessions });
      await broker.listen(join(directory, 'socket'));
      return {
        target,
        connection: (wanted) => new BrokerClient(join(directory, 'socket')).connection(wanted),
        stop: async () => {
          await broker.close();
          await sessions.closeAll();
          await stop();
          await rm(directory, { recursive: true });
        },
      };
    },
  };
}

async function startEmbedded(faults: Partial<Faults>): ReturnType<Plan['start']> {
  const fleet = await startTestFleet({ faults });
  const [target] = fleet.targets;
  if (target === undefined) throw new Error('The fleet has no host.');
  return { target: { ...target, keepAlive: false }, stop: () => fleet.close() };
}

/** A server of `hawser/testing` that something is wrong with. */
export function embeddedWith(name: string, faults: Partial<Faults>): Plan {
  return { name, canResize: false, isEmbedded: true, start: () => startEmbedded(faults) };
}

/** This machine. */
export const local: Plan = {
  name: 'local',
  isRoot: true,
  start: async () => ({ target: { host: 'local', protocol: 'local' }, stop: async () => {} }),
};
export const asUser: Plan = openSsh('OpenSSH');
export const asRoot: Plan = openSsh('OpenSSH as root', 'root');
export const dropbear: Plan = {
  name: 'dropbear',
  needs: ['dropbear'],
  start: () => startReal(startDropbear({ keys: ['ed25519'] })),
};
/** The servers of `hawser/testing`. */
export const embedded: Plan = embeddedWith('embedded', {});
export const userOneSession: Plan = openSsh('OpenSSH, MaxSessions 1', undefined, { MaxSessions: '1' });
export const userTwoSessions: Plan = openSsh('OpenSSH, MaxSessions 2', undefined, { MaxSessions: '2' });
export const rootOneSession: Plan = openSsh('OpenSSH as root, MaxSessions 1', 'root', { MaxSessions: '1' });
export const embeddedOneSession: Plan = embeddedWith('embedded, one session', { maxSessions: 1 });

/** OpenSSH on both sides: its client is used as it is. */
export const systemSsh: Plan = throughSystemSsh("the system's ssh", asUser);
/** OpenSSH, over a session that another owns. */
export const brokered: Plan = throughBroker('a session broker', asUser);
const systemSshOneSession: Plan = throughSystemSsh("the system's ssh, MaxSessions 1", userOneSession);
const brokeredOneSession: Plan = throughBroker('a session broker, MaxSessions 1', userOneSession);

/** Every way to run a command, with what servers allow by default. */
export const everywhere: readonly Plan[] = [local, asUser, asRoot, dropbear, embedded, systemSsh, brokered];
/** Places where a connection has one channel. */
export const oneChannel: readonly Plan[] = [
  userOneSession,
  rootOneSession,
  embeddedOneSession,
  systemSshOneSession,
  brokeredOneSession,
];
/** Places where a connection has one channel, and one where it has two. */
export const cramped: readonly Plan[] = [...oneChannel, userTwoSessions];

/** Runs a suite over places; each has its server to itself for the whole file. */
export function over(plans: readonly Plan[], suite: (place: Place) => void): void {
  for (const plan of plans) {
    const run = (): void => suite(placeOf(plan));
    if (plan.needs === undefined) describe(plan.name, run);
    // Every session of dropbear's is a process, which may fail its own assertion while others' tests run: see isDropbear.
    else describeReal(plan.needs, plan.name, run, { retry: plan === dropbear ? 2 : 0 });
  }
}

function placeOf(plan: Plan): Place {
  let server: Awaited<ReturnType<Plan['start']>> | undefined;
  let shared: Promise<Connection> | undefined;
  const fresh: Connection[] = [];
  const make = (o: Partial<Target> = {}): Connection => {
    if (server === undefined) throw new Error('A place can be used inside of tests alone.');
    const target = { ...server.target, ...o };
    return server.connection?.(target) ?? createConnection(target);
  };
  beforeAll(async () => {
    server = await plan.start();
  });
  afterEach(async () => {
    await Promise.all(fresh.splice(0).map((connection) => connection.close()));
  });
  afterAll(async () => {
    await (await shared)?.close();
    await server?.stop();
  });
  return {
    name: plan.name,
    isRoot: plan.isRoot ?? false,
    canResize: plan.canResize ?? true,
    tellsSignals: plan.tellsSignals ?? true,
    isDropbear: plan === dropbear,
    isEmbedded: plan.isEmbedded ?? false,
    shared: () => {
      shared ??= make().connect();
      return shared;
    },
    fresh: (o) => {
      const connection = make(o);
      fresh.push(connection);
      return connection;
    },
  };
}

/** A fleet of one embedded host, whose faults a suite can switch, for the whole of the file. */
export function embeddedHost(): { host(): TestHost; connection(o?: Partial<Target>): Connection } {
  let fleet: TestFleet | undefined;
  const open: Connection[] = [];
  const host = (): TestHost => {
    const first = fleet?.hosts[0];
    if (first === undefined) throw new Error('The fleet runs inside of tests alone.');
    return first;
  };
  beforeAll(async () => {
    fleet = await startTestFleet();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((connection) => connection.close()));
  });
  afterAll(() => fleet?.close());
  return {
    host,
    connection: (o) => {
      const connection = createConnection({ ...host().target, keepAlive: false, ...o });
      open.push(connection);
      return connection;
    },
  };
}

/** A word that stands in no other process's arguments. */
export function marker(): string {
  return `hawser-${randomBytes(6).toString('hex')}`;
}

/** A `sleep` whose arguments hold `mark`, long enough for any test. */
export function sleepWith(mark: string): string {
  return `sh -c 'sleep 1000; : ${mark}'`;
}

/** Waits until a `sh -c` that was started with `mark` runs, and not only those that are to start it. */
export function running(mark: string): Promise<void> {
  return waitUntil(`${mark} to run`, async () => {
    const found = await remoteProcesses(mark);
    return found.some(({ args }) => args.startsWith('sh -c ') && !args.includes("'"));
  });
}

/** Waits until no process with `mark` in its arguments is left. */
export function gone(mark: string): Promise<void> {
  return waitUntil(`${mark} to be gone`, async () => (await remoteProcesses(mark)).length === 0);
}

/** The error that a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  throw new Error('Expected a rejection, and there was none.');
}
