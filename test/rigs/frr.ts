import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { identities, makeRouterAccount } from './accounts.js';
import { freePort, isListening, type KeptProcess, keepProcess } from './kept-process.js';
import { type SshdConfig, startSshd } from './sshd.js';

const server = fileURLToPath(new URL('frr.sh', import.meta.url));

/** What a test says of the router that it wants. */
export interface FrrOptions {
  /** The router's name, which its prompts begin with. Default `'Router'`. */
  readonly name?: string;
  /** Lines of zebra's configuration besides the names and passwords. */
  readonly config?: readonly string[];
  /** Settings of the sshd in front of vtysh. */
  readonly sshd?: SshdConfig;
}

/**
 * A router that runs FRRouting, with a command line like Cisco's: by telnet to zebra, which asks for a password and has
 * `enable`, and by SSH, where each login is `vtysh` (privileged at once, no password but that of the account).
 */
export interface Frr extends AsyncDisposable {
  readonly host: '127.0.0.1';
  /** Of telnet. */
  readonly port: number;
  readonly sshPort: number;
  /** The prompts are `NAME> `, `NAME# `, `NAME(config)# `, … */
  readonly name: string;
  /** Answers the first `Password: ` of telnet. */
  readonly vtyPassword: string;
  /** Answers the `Password: ` of `enable` by telnet. */
  readonly enablePassword: string;
  /** The account for SSH. */
  readonly user: string;
  readonly password: string;
  /** Key file that the account accepts. */
  readonly identity: string;
  readonly knownHosts: string;
  /** Process id of what holds the router's daemons. */
  readonly pid: number;
  /** Holds all files of the router; every daemon has it in its arguments. */
  readonly directory: string;
  /** What the daemons have written. */
  log(): Promise<string>;
  /** Ends the router, as a power cut would, and starts it again on the same ports: its sessions end. */
  restart(): Promise<void>;
  /** Ends the router and its sshd. */
  stop(): Promise<void>;
}

/** Starts a router on free ports of 127.0.0.1. What is configured on it reaches nothing of this machine. */
export async function startFrr(options: FrrOptions = {}): Promise<Frr> {
  const { user, password } = await makeRouterAccount();
  const directory = await mkdtemp(join(tmpdir(), 'hawser-frr-'));
  await chmod(directory, 0o755); // daemons and sessions run as other users
  const facts = {
    name: options.name ?? 'Router',
    vtyPassword: 'vty-password',
    enablePassword: 'enable-password',
  };
  await writeConfiguration(directory, facts, options.config ?? []);
  const port = await freePort();
  const log = join(directory, 'log');
  const keep = (): Promise<KeptProcess> =>
    keepProcess({ command: server, args: [directory, String(port)], log, ready: () => isListening(port) });

  let router = await keep();
  const sshd = await startSshd({
    keys: ['ed25519'],
    config: { ...options.sshd, ForceCommand: join(directory, 'login') },
  }).catch(async (error: unknown) => {
    await router.stop();
    throw error;
  });
  const stop = async (): Promise<void> => {
    await Promise.all([router.stop(), sshd.stop()]);
    await rm(directory, { recursive: true, force: true });
  };
  return {
    ...facts,
    host: '127.0.0.1',
    port,
    sshPort: sshd.port,
    user,
    password,
    identity: identities.ed25519,
    knownHosts: sshd.knownHosts,
    directory,
    get pid() {
      return router.pid;
    },
    log: () => readFile(log, 'utf8'),
    restart: async () => {
      await Promise.all([router.stop(), sshd.restart()]);
      router = await keep();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function writeConfiguration(
  directory: string,
  { name, vtyPassword, enablePassword }: Pick<Frr, 'name' | 'vtyPassword' | 'enablePassword'>,
  more: readonly string[],
): Promise<void> {
  const folder = join(directory, 'run');
  await mkdir(folder);
  const lines = [
    `hostname ${name}`,
    `password ${vtyPassword}`,
    `enable password ${enablePassword}`,
    ...more,
    'line vty',
    ' exec-timeout 0 0',
  ];
  await writeFile(join(folder, 'zebra.conf'), `${lines.join('\n')}\n`);
  await writeFile(join(folder, 'staticd.conf'), `hostname ${name}\n`);
  await writeFile(join(directory, 'vtysh.conf'), `hostname ${name}\nno service integrated-vtysh-config\n`);
  const login = `#!/bin/sh
set -- --vty_socket ${folder} --config_dir ${directory}
[ -z "\${SSH_ORIGINAL_COMMAND:-}" ] || set -- "$@" -c "$SSH_ORIGINAL_COMMAND"
exec vtysh "$@"
`;
  await writeFile(join(directory, 'login'), login);
  await chmod(join(directory, 'login'), 0o755);
}
