import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { HawserError, OptionError } from '../core/hawser-error.js';
import type { AuthPrompt, Target } from '../inventory/target.js';
import { parseAuthorizedKeys } from './authenticator.js';
import type { TestCredentials } from './credentials.js';
import { makeFaults } from './faults.js';
import { generateKeyPair, type KeyPair } from './key-pair.js';
import { killMarked } from './marked-processes.js';
import { terminalsAvailable } from './terminal.js';
import { hostCredentials, hostOptions, type TestFleetOptions, type TestHostOptions } from './test-fleet-options.js';
import { TestHost } from './test-host.js';

/** In the environment of everything that a fleet runs: what left its process group is found by it. */
const MARK = 'HAWSER_TEST_FLEET';

/** Real SSH servers in this process, and what it takes to get into them. */
export class TestFleet implements AsyncDisposable {
  readonly hosts: readonly TestHost[];
  /** One target for each host, in order; `key` is the host's name. */
  readonly targets: readonly Target[];
  /** A `known_hosts` file with the keys of all hosts. */
  readonly knownHosts: string;
  /** The file of the private key that every host lets in. */
  readonly identityFile: string;
  /** An `ssh_config` file in which every host has its name: `ssh -F file host1`. */
  readonly sshConfig: string;
  readonly #directory: string;
  #closing: Promise<void> | undefined;

  /** Made by {@link startTestFleet}. */
  constructor(hosts: readonly TestHost[], files: FleetFiles) {
    this.hosts = hosts;
    this.targets = hosts.map((host) => host.target);
    this.knownHosts = files.knownHosts;
    this.identityFile = files.identityFile;
    this.sshConfig = files.sshConfig;
    this.#directory = files.directory;
  }

  /** The host of that name. Throws {@link OptionError} where there is none. */
  host(name: string): TestHost {
    const found = this.hosts.find((host) => host.name === name);
    if (found !== undefined) return found;
    const names = this.hosts.map((host) => host.name).join(', ');
    throw new OptionError(`There is no test host called ${JSON.stringify(name)}; the fleet has ${names}.`);
  }

  /** Ends every connection and process and removes every file. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= endFleet(this.hosts, this.#directory);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

interface FleetFiles {
  readonly directory: string;
  readonly knownHosts: string;
  readonly identityFile: string;
  readonly sshConfig: string;
}

/**
 * Starts real SSH servers in this process, on free ports of 127.0.0.1 and nowhere else, for tests and demos.
 *
 * Each host has its own ed25519 key and an empty private directory, which is the home of its commands (a real `sh`)
 * and what SFTP shows. It forwards to loopback alone, so that one host can be the way to another. Its {@link Faults}
 * can be changed at any time. Commands run as the user who runs this process, confined by nothing.
 *
 * What a connection starts is killed when it ends, unlike with sshd; what leaves its process group (`setsid`) is killed
 * when the fleet is closed (on Linux: it is found through `/proc`). Commands get terminals through script(1) of
 * util-linux, whose size cannot be changed afterwards; where it is missing, terminals are refused.
 *
 * ```ts
 * await using fleet = await startTestFleet({ hosts: 3 });
 * const mc = MultiConnection.from(fleet.targets);
 * await mc.execute('uptime');
 * ```
 *
 * Throws {@link OptionError} for options that cannot be meant.
 */
export async function startTestFleet(o: TestFleetOptions = {}): Promise<TestFleet> {
  const client = generateKeyPair('hawser-test-client');
  const options = hostOptions(o).map((host) => ({ ...host, credentials: hostCredentials(host, client.publicKey) }));
  for (const { credentials } of options) parseAuthorizedKeys(credentials.authorizedKeys);

  const directory = await realpath(await mkdtemp(join(tmpdir(), 'hawser-test-')));
  const files: FleetFiles = {
    directory,
    knownHosts: join(directory, 'known_hosts'),
    identityFile: join(directory, 'id_ed25519'),
    sshConfig: join(directory, 'ssh_config'),
  };
  const started = await Promise.allSettled(options.map((host) => startHost(host, client, files)));
  const hosts = started.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failed = started.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) {
    await endFleet(hosts, directory);
    throw new HawserError(
      'ERR_HAWSER_TEST_FLEET',
      `Could not start a test host on 127.0.0.1: ${String(failed.reason)}.`,
      { cause: failed.reason },
    );
  }
  await writePrivate(files.identityFile, client.privateKey);
  await writePrivate(
    files.knownHosts,
    hosts.map(({ port, publicKey }) => `[127.0.0.1]:${port} ${publicKey}\n`).join(''),
  );
  await writePrivate(files.sshConfig, hosts.map((host) => configBlock(host, files)).join('\n'));
  return new TestFleet(hosts, files);
}

async function startHost(
  o: TestHostOptions & { readonly credentials: TestCredentials },
  client: KeyPair,
  files: FleetFiles,
): Promise<TestHost> {
  const { credentials } = o;
  const home = join(files.directory, 'homes', o.name);
  await mkdir(home, { recursive: true, mode: 0o700 });
  const key = generateKeyPair(o.name);
  return TestHost.start({
    name: o.name,
    directory: home,
    hostKey: key.privateKey,
    publicKey: key.publicKey.split(' ').slice(0, 2).join(' '),
    credentials,
    faults: makeFaults(o.faults),
    environment: {
      ...o.env,
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      HOME: home,
      USER: credentials.username,
      LOGNAME: credentials.username,
      SHELL: '/bin/sh',
      [MARK]: basename(files.directory),
    },
    sftpPaths: o.sftpPaths ?? 'private',
    ident: o.ident ?? 'OpenSSH_9.2 hawser-test-host',
    authBanner: o.authBanner,
    terminals: terminalsAvailable(),
    target: (port) => targetOf(o.name, port, credentials, client, files),
  });
}

function targetOf(
  name: string,
  port: number,
  { username, password, rounds }: TestCredentials,
  client: KeyPair,
  files: FleetFiles,
): Target {
  return {
    key: name,
    host: '127.0.0.1',
    port,
    username,
    privateKey: client.privateKey,
    ...(password === undefined ? {} : { password }),
    ...(rounds === undefined ? {} : { keyboardInteractive: (prompts) => answer(prompts, rounds) }),
    agent: false,
    sshConfig: false,
    hostKey: 'strict',
    knownHosts: files.knownHosts,
  };
}

async function answer(
  prompts: readonly AuthPrompt[],
  rounds: NonNullable<TestCredentials['rounds']>,
): Promise<readonly string[]> {
  const questions = rounds.flatMap((round) => round.questions);
  return prompts.map(({ prompt }) => questions.find((question) => question.prompt === prompt)?.answer ?? '');
}

function configBlock(host: TestHost, files: FleetFiles): string {
  return [
    `Host ${host.name}`,
    '  HostName 127.0.0.1',
    `  Port ${host.port}`,
    `  User ${host.target.username ?? ''}`,
    `  IdentityFile "${files.identityFile}"`,
    '  IdentitiesOnly yes',
    '  IdentityAgent none',
    `  UserKnownHostsFile "${files.knownHosts}"`,
    '  GlobalKnownHostsFile /dev/null',
    '  StrictHostKeyChecking yes',
    '',
  ].join('\n');
}

async function writePrivate(file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o600 });
  await chmod(file, 0o600);
}

async function endFleet(hosts: readonly TestHost[], directory: string): Promise<void> {
  await Promise.all(hosts.map((host) => host.close()));
  await killMarked(MARK, basename(directory));
  await rm(directory, { recursive: true, force: true, maxRetries: 3 });
}
