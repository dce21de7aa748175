import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Frr, startFrr } from './frr.js';
import { freePort } from './kept-process.js';
import { type Sshd, startSshd } from './sshd.js';
import { startTelnetd, type Telnetd } from './telnetd.js';

/** A server and a router that can be reached by several paths each, and a testbed that describes them. */
export interface Lab extends AsyncDisposable {
  /** The testbed (0600: the passwords are in it). */
  readonly file: string;
  /** Ends all of it, and removes the file. */
  stop(): Promise<void>;
}

/**
 * Starts a lab on free ports of 127.0.0.1: `server` (a shell by SSH, by the system's own ssh, and by telnet) and `router`
 * (FRRouting, by telnet, by SSH, and by telnet from the server).
 */
export async function startLab(): Promise<Lab> {
  const started: AsyncDisposable[] = [];
  const keep = async <T extends AsyncDisposable>(starting: Promise<T>): Promise<T> => {
    const one = await starting;
    started.push(one);
    return one;
  };
  const directory = await mkdtemp(join(tmpdir(), 'hawser-lab-')); // 0700
  const stop = async (): Promise<void> => {
    await Promise.all(started.splice(0).map((one) => one[Symbol.asyncDispose]()));
    await rm(directory, { recursive: true, force: true });
  };
  const starting = [keep(startSshd({ keys: ['ed25519'] })), keep(startTelnetd()), keep(startFrr())] as const;
  try {
    const [sshd, telnetd, frr] = await Promise.all(starting);
    const file = join(directory, 'lab.yaml');
    await writeFile(file, testbed({ sshd, telnetd, frr, closed: await freePort() }), { mode: 0o600 });
    return { file, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await Promise.allSettled(starting);
    await stop();
    throw error;
  }
}

interface Machines {
  readonly sshd: Sshd;
  readonly telnetd: Telnetd;
  readonly frr: Frr;
  /** A port on which nobody listens. */
  readonly closed: number;
}

function testbed({ sshd, telnetd, frr, closed }: Machines): string {
  return `testbed:
  name: lab
devices:
  server:
    os: linux
    credentials:
      default: { username: ${sshd.user}, password: '${sshd.password}' }
    connections:
      mgmt: { protocol: ssh, ip: 127.0.0.1, port: ${sshd.port}, privateKey: ${sshd.identity}, knownHosts: ${sshd.knownHosts} }
      own: { protocol: openssh, ip: 127.0.0.1, port: ${sshd.port}, privateKey: ${sshd.identity}, knownHosts: ${sshd.knownHosts} }
      console: { protocol: telnet, ip: 127.0.0.1, port: ${telnetd.port} }
      down: { protocol: ssh, ip: 127.0.0.1, port: ${closed} }
  router:
    os: frr
    credentials:
      default: { password: ${frr.vtyPassword} }
      enable: { password: ${frr.enablePassword} }
    connections:
      console: { protocol: telnet, ip: 127.0.0.1, port: ${frr.port} }
      mgmt:
        protocol: ssh
        ip: 127.0.0.1
        port: ${frr.sshPort}
        knownHosts: ${frr.knownHosts}
        credentials: { default: { username: ${frr.user}, password: '${frr.password}' } }
      inside: { protocol: telnet, ip: 127.0.0.1, port: ${frr.port}, proxy: server }
      down: { protocol: telnet, ip: 127.0.0.1, port: ${closed} }
`;
}
