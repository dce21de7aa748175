import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SshServer } from '../../rigs/ssh-server.js';
import { waitUntil } from '../../rigs/wait-until.js';

/** A master connection that a user has started, and the ssh_config that leads to it. */
export interface UserMaster extends AsyncDisposable {
  readonly socket: string;
  /** Its `ControlPath` is the socket; keys are not in it, so nothing but the master leads in. */
  readonly sshConfig: string;
  /** Whether it answers. */
  isAlive(): Promise<boolean>;
  /** Kills it, so that it leaves its socket's file behind. */
  kill(): Promise<void>;
}

const run = promisify(execFile);

/** Starts `ssh -M` as a user would. */
export async function startMaster(server: SshServer): Promise<UserMaster> {
  const directory = await mkdtemp(join(tmpdir(), 'hawser-master-'));
  const socket = join(directory, 'a socket%');
  const sshConfig = join(directory, 'config');
  const common = `HostName 127.0.0.1\n  Port ${server.port}\n  User ${server.user}\n  ControlPath "${socket.replace('%', '%%')}"`;
  await writeFile(sshConfig, `Host far\n  ${common}\n  UserKnownHostsFile ${server.knownHosts}\n`);
  const login = ['-i', server.identity, '-o', 'IdentityAgent=none', '-o', 'BatchMode=yes'];
  const child = spawn('ssh', ['-F', sshConfig, '-M', '-N', ...login, 'far'], { stdio: 'ignore' });
  const isAlive = (): Promise<boolean> =>
    run('ssh', ['-F', sshConfig, '-O', 'check', 'far']).then(
      () => true,
      () => false,
    );
  await waitUntil('the master to listen', isAlive);
  const exited = once(child, 'exit');
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    if (child.exitCode === null && child.signalCode === null) await exited;
  };
  return {
    socket,
    sshConfig,
    isAlive,
    kill: () => end('SIGKILL'),
    [Symbol.asyncDispose]: async () => {
      await end('SIGTERM');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Whether somebody listens on a port of this machine. */
export function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
