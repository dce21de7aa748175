import { execFile } from 'node:child_process';
import { appendFile, chmod, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { authorizedKeys, makeAccounts, makeTwoRoundPam } from './accounts.js';
import { type Certificates, makeCertificates } from './certificates.js';
import { freePort, isListening } from './kept-process.js';
import { type SshServer, startServer } from './ssh-server.js';

const run = promisify(execFile);

/** Settings of sshd_config(5) by name. */
export type SshdConfig = Readonly<Record<string, string>>;

/** What a test says of the server that it wants. */
export interface SshdOptions {
  /** Settings in place of the rig's own of the same name. See {@link sshdConfigs}. */
  readonly config?: SshdConfig;
  /** Text at the end of the configuration: `Match` blocks. */
  readonly match?: string;
  /** How many ordinary accounts there are, `hawser-test1` upwards. Default 1. */
  readonly users?: number;
  /** Types of host keys. Default `['ed25519', 'rsa', 'ecdsa']`. */
  readonly keys?: readonly string[];
  /** Answers on every address of 127.0.0.0/8, so that one server is many hosts. Nobody gets in from elsewhere. */
  readonly anyLoopback?: boolean;
  /**
   * Who asks the questions of keyboard-interactive: the system's PAM service for sshd (one round), or one of the rig's
   * that asks "Password: " and then "Password required for NAME.". Default: nobody, PAM is off.
   */
  readonly pam?: 'system' | 'two-rounds';
  /** Trusts an authority that signed a user's key, and shows host keys that another has signed. See {@link Sshd.certificates}. */
  readonly certificates?: boolean;
  /** Runs in the network, under the host name and among the mounts of another process, on that port there. */
  readonly inside?: { readonly pid: number; readonly port: number };
}

/** A server of OpenSSH. */
export interface Sshd extends SshServer {
  /** Logs in with a key, never with a password. */
  readonly rootUser: 'root';
  /** What a client needs to log in by certificates, where the server was asked for them. Good for all its accounts. */
  readonly certificates: Pick<Certificates, 'identity' | 'knownHosts'> | undefined;
}

const passwordOff = { PasswordAuthentication: 'no', KbdInteractiveAuthentication: 'no' } as const;

/** Servers that tests ask for again and again. Those that need PAM say so: give `pam` besides. */
export const sshdConfigs = {
  oneSession: { MaxSessions: '1' },
  twoSessions: { MaxSessions: '2' },
  /** Two strangers at once; the third is told `Exceeded MaxStartups` in place of a banner. */
  fewStartups: { MaxStartups: '2:100:2' },
  keyOnly: passwordOff,
  passwordOnly: { PubkeyAuthentication: 'no' },
  /** Needs `pam`. */
  interactiveOnly: { PubkeyAuthentication: 'no', PasswordAuthentication: 'no', KbdInteractiveAuthentication: 'yes' },
  keyThenPassword: { AuthenticationMethods: 'publickey,password' },
  /** Needs `pam`. */
  keyThenInteractive: { AuthenticationMethods: 'publickey,keyboard-interactive', KbdInteractiveAuthentication: 'yes' },
  /** Refuses the subsystem `sftp`. */
  noSftp: { Subsystem: 'none /bin/false' },
  /** Accepts the subsystem `sftp`, which then ends at once with status 127. */
  brokenSftp: { Subsystem: 'sftp /nonexistent/sftp-server' },
  chachaOnly: { Ciphers: 'chacha20-poly1305@openssh.com' },
  noForwarding: { AllowTcpForwarding: 'no', AllowStreamLocalForwarding: 'no' },
  noPty: { PermitTTY: 'no' },
  noEnvironment: { AcceptEnv: 'HAWSER_NOTHING' },
} as const satisfies Record<string, SshdConfig>;

/**
 * Starts a server of OpenSSH on a free port of loopback, apart from the system's own. It ends with the test process at
 * the latest.
 *
 * Keys, passwords and SFTP work, PAM is off, root may use keys.
 */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  const accounts = await makeAccounts(options.users);
  const program = options.pam === 'two-rounds' ? await makeTwoRoundPam() : '/usr/sbin/sshd';
  const directory = await mkdtemp(join(tmpdir(), 'hawser-sshd-'));
  await chmod(directory, 0o755); // sessions run as other users
  await mkdir('/run/sshd', { recursive: true }); // its privilege separation directory, made by no one in a container
  const { inside } = options;
  const port = inside?.port ?? (await freePort());
  const hostKeys = await makeHostKeys(directory, options.keys ?? ['ed25519', 'rsa', 'ecdsa']);
  const knownHosts = join(directory, 'known_hosts');
  const pattern = options.anyLoopback ? `[127.*]:${port}` : `[127.0.0.1]:${port}`;
  for (const key of hostKeys) {
    const [type, blob] = (await readFile(`${key}.pub`, 'utf8')).split(' ');
    await appendFile(knownHosts, `${pattern} ${type} ${blob}\n`);
  }
  const principals = [...accounts.users, 'root'];
  const certificates = options.certificates
    ? await makeCertificates({ directory, principals, hostKeys, pattern })
    : undefined;
  const configFile = join(directory, 'sshd_config');
  await writeFile(configFile, configText(port, hostKeys, certificates?.settings ?? [], options));

  const server = await startServer({
    ...accounts,
    port,
    knownHosts,
    directory,
    run: {
      command: inside === undefined ? program : 'nsenter',
      args: [
        ...(inside === undefined ? [] : ['-t', String(inside.pid), '-n', '-u', '-m', program]),
        ...['-D', '-e', '-f', configFile],
      ],
      log: join(directory, 'log'),
      ready: () => isListening(port, inside?.pid),
    },
  });
  return Object.assign(server, { rootUser: 'root', certificates } as const);
}

async function makeHostKeys(directory: string, types: readonly string[]): Promise<string[]> {
  return Promise.all(
    types.map(async (type) => {
      const file = join(directory, `host_${type}`);
      // A big RSA key would take longer to make than all the rest of the server.
      const size = type === 'rsa' ? ['-b', '2048'] : [];
      await run('ssh-keygen', ['-q', '-t', type, ...size, '-N', '', '-C', 'rig', '-f', file]);
      return file;
    }),
  );
}

function configText(
  port: number,
  hostKeys: readonly string[],
  trust: Certificates['settings'],
  options: SshdOptions,
): string {
  const own = Object.entries(options.config ?? {});
  const interactive = options.pam === undefined ? 'no' : 'yes';
  const defaults: readonly (readonly [string, string])[] = [
    ['Port', String(port)],
    ...hostKeys.map((file) => ['HostKey', file] as const),
    ...trust,
    ['ListenAddress', options.anyLoopback ? '0.0.0.0' : '127.0.0.1'],
    ['AllowUsers', '*@127.0.0.0/8'],
    ['PidFile', 'none'],
    ['UsePAM', interactive],
    ['KbdInteractiveAuthentication', interactive],
    ['PasswordAuthentication', 'yes'],
    ['PermitRootLogin', 'prohibit-password'],
    ['AuthorizedKeysFile', authorizedKeys],
    ['PrintMotd', 'no'],
    ['PrintLastLog', 'no'],
    ['UseDNS', 'no'],
    ['AcceptEnv', 'LANG LC_* HAWSER_*'],
    ['Subsystem', 'sftp internal-sftp'],
    ['LogLevel', 'VERBOSE'],
  ];
  // A list, such as AcceptEnv, would add the default to what the test wants: leave the default away.
  const settings = [...own, ...defaults.filter(([name]) => !own.some(([taken]) => taken === name))];
  const lines = settings.map(([name, value]) => `${name} ${value}`);
  return `${[...lines, options.match ?? ''].join('\n')}\n`;
}
