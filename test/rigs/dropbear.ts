import { execFile } from 'node:child_process';
import { appendFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeAccounts } from './accounts.js';
import { freePort, isListening } from './kept-process.js';
import { type SshServer, startServer } from './ssh-server.js';

const run = promisify(execFile);

/** What a test says of the Dropbear that it wants. */
export interface DropbearOptions {
  /** Arguments of dropbear(8), such as `['-s']` (no passwords) or `['-t']` (key and password). */
  readonly args?: readonly string[];
  /** How many ordinary accounts there are, `hawser-test1` upwards. Default 1. */
  readonly users?: number;
  /** Types of host keys. Default `['ed25519', 'rsa', 'ecdsa']`. */
  readonly keys?: readonly string[];
}

/**
 * Starts a Dropbear on a free port of 127.0.0.1: the second implementation of a server, with a receive window of
 * 24,576 bytes and at most 5 strangers from one address at once. SFTP is by OpenSSH's `sftp-server`. Root has no key.
 */
export async function startDropbear(options: DropbearOptions = {}): Promise<SshServer> {
  const accounts = await makeAccounts(options.users);
  const directory = await mkdtemp(join(tmpdir(), 'hawser-dropbear-'));
  const port = await freePort();
  const knownHosts = join(directory, 'known_hosts');
  const keyArgs: string[] = [];
  for (const type of options.keys ?? ['ed25519', 'rsa', 'ecdsa']) {
    const file = join(directory, `host_${type}`);
    const { stdout } = await run('dropbearkey', ['-t', type, '-f', file]);
    const publicKey = /^(?:ssh|ecdsa)-\S+ \S+/m.exec(stdout)?.[0];
    await appendFile(knownHosts, `[127.0.0.1]:${port} ${publicKey}\n`);
    keyArgs.push('-r', file);
  }
  return startServer({
    ...accounts,
    port,
    knownHosts,
    directory,
    run: {
      command: 'dropbear',
      args: ['-F', '-E', '-p', `127.0.0.1:${port}`, '-P', join(directory, 'pid'), ...keyArgs, ...(options.args ?? [])],
      log: join(directory, 'log'),
      ready: () => isListening(port),
    },
  });
}
