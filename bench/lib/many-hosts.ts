import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SshdConfig, startSshd } from '../../test/rigs/sshd.js';

/** What a client needs to know to log in to a host of the benchmarks. */
export interface Login {
  readonly port: number;
  readonly user: string;
  /** Key file without a passphrase. */
  readonly identity: string;
  /** File with a plain line for each host. */
  readonly knownHosts: string;
}

/** Many hosts, which are one server on as many addresses of loopback. */
export interface ManyHosts extends AsyncDisposable {
  readonly login: Login;
  readonly hosts: readonly [string, ...string[]];
}

/** The same algorithms for every contender, so that none wins by a cheaper one. */
export const SAME_ALGORITHMS: SshdConfig = {
  KexAlgorithms: 'curve25519-sha256',
  Ciphers: 'aes128-gcm@openssh.com',
};

/** Starts `count` hosts that let in as many strangers at once as anybody asks for. */
export async function startManyHosts(count: number, config: SshdConfig = SAME_ALGORITHMS): Promise<ManyHosts> {
  const sshd = await startSshd({
    anyLoopback: true,
    keys: ['ed25519'],
    // A bare loop of 10 at once runs into MaxSessions 10: sshd frees a session a moment after it has said that it closed.
    config: { MaxStartups: '1000:30:1000', MaxSessions: '20', LogLevel: 'ERROR', ...config },
  });
  const directory = await mkdtemp(join(tmpdir(), 'hawser-bench-'));
  const knownHosts = join(directory, 'known_hosts');
  const others = Array.from(
    { length: count - 1 },
    (_, i) => `127.0.${Math.floor((i + 2) / 250)}.${(i + 2) % 250 || 250}`,
  );
  const hosts = ['127.0.0.1', ...others] as const;
  const [, ...key] = (await readFile(sshd.knownHosts, 'utf8')).trim().split(' ');
  await appendFile(knownHosts, hosts.map((host) => `[${host}]:${sshd.port} ${key.join(' ')}\n`).join(''));
  return {
    login: { port: sshd.port, user: sshd.user, identity: sshd.identity, knownHosts },
    hosts,
    [Symbol.asyncDispose]: async () => {
      await sshd.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
