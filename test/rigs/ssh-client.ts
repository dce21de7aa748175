import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { SshServer } from './ssh-server.js';

const askpass = fileURLToPath(new URL('askpass.sh', import.meta.url));

/** How the system's client logs in. Default: the first account with its key, nothing asked. */
export interface Login {
  readonly user?: string;
  readonly host?: string;
  readonly port?: number;
  /** Key file, or `'none'`. Default: the server's. */
  readonly identity?: string;
  /** Answers to the client's questions, in order. Without it the client asks nothing. */
  readonly answers?: readonly string[];
  /** Settings of ssh_config(5), as in `PubkeyAuthentication=no`; they win over those of this module. */
  readonly options?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** What the client has to know of a server. */
export type SshAddress = Pick<SshServer, 'host' | 'port' | 'user' | 'identity' | 'knownHosts'>;

/** How the system's client ended. */
export interface ClientOutcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The questions that it asked. */
  readonly asked: readonly string[];
}

/** Arguments of ssh(1) for that server, up to and with the destination, with nothing of the user's own configuration. */
export function sshArgs(server: SshAddress, login: Login = {}): string[] {
  const options = [
    ...(login.options ?? []),
    `IdentityFile=${login.identity ?? server.identity}`,
    `UserKnownHostsFile=${server.knownHosts}`,
    'GlobalKnownHostsFile=/dev/null',
    'StrictHostKeyChecking=yes',
    'IdentitiesOnly=yes',
    `BatchMode=${login.answers === undefined ? 'yes' : 'no'}`,
  ];
  return [
    ...['-F', 'none', '-p', String(login.port ?? server.port)],
    ...options.flatMap((option) => ['-o', option]),
    `${login.user ?? server.user}@${login.host ?? server.host}`,
  ];
}

/** Runs one command with the system's client: what the real thing does is what ours is held against. */
export async function runSsh(server: SshAddress, command: string, login: Login = {}): Promise<ClientOutcome> {
  const directory = await mkdtemp(join(tmpdir(), 'hawser-answers-'));
  const answers = join(directory, 'answers');
  await writeFile(answers, (login.answers ?? []).map((answer) => `${answer}\n`).join(''));
  const { SSH_AUTH_SOCK: _none, ...inherited } = process.env;
  try {
    const child = spawn('ssh', [...sshArgs(server, login), command], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...inherited,
        SSH_ASKPASS: askpass,
        SSH_ASKPASS_REQUIRE: 'force',
        HAWSER_ANSWERS: answers,
        ...login.env,
      },
    });
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    const asked = await readFile(`${answers}.asked`, 'utf8').catch(() => '');
    return { status: child.exitCode, stdout, stderr, asked: asked.split('\n').slice(0, -1) };
  } finally {
    await rm(directory, { recursive: true });
  }
}
