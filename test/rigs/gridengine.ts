import { access, chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, isListening, keepProcess } from './kept-process.js';
import { type Sshd, type SshdConfig, startSshd } from './sshd.js';

const server = fileURLToPath(new URL('gridengine.sh', import.meta.url));

/** What a test says of the Grid Engine that it wants. */
export interface GridEngineOptions {
  /** Settings of the login node's sshd. */
  readonly sshd?: SshdConfig;
}

/** A Grid Engine with one host of 16 slots, the queue `all.q` and the parallel environment `smp`. Its host is its login node. */
export interface GridEngine extends AsyncDisposable {
  /** The login node. What makes the commands of Grid Engine work is in the environment of its sessions. */
  readonly sshd: Sshd;
  /** What the daemons have written. */
  log(): Promise<string>;
  stop(): Promise<void>;
}

/** Starts a Grid Engine, whose sshd is on a free port of 127.0.0.1. */
export async function startGridEngine(options: GridEngineOptions = {}): Promise<GridEngine> {
  const directory = await mkdtemp(join(tmpdir(), 'hawser-ge-'));
  await chmod(directory, 0o755); // daemons and sessions run as other users
  const log = join(directory, 'log');
  const ready = (): Promise<boolean> =>
    access(join(directory, 'ready')).then(
      () => true,
      () => false,
    );
  const cell = await keepProcess({ command: server, args: [directory], log, ready, limit: 45_000 });
  const started: { stop(): Promise<void> }[] = [cell];
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((one) => one.stop()));
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const inside = { pid: cell.pid, port: await freePort() };
    const environment = `SGE_ROOT=${directory}/root SGE_CELL=default SGE_QMASTER_PORT=6444 SGE_EXECD_PORT=6445`;
    const sshd = await startSshd({ keys: ['ed25519'], config: { ...options.sshd, SetEnv: environment }, inside });
    started.push(sshd);
    started.push(await keepProcess(relay({ ...inside, log })));
    return { sshd, log: () => readFile(log, 'utf8'), stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Takes connections to a port of 127.0.0.1 to the same port in the network of a process. */
function relay({ pid, port, log }: { pid: number; port: number; log: string }): Parameters<typeof keepProcess>[0] {
  return {
    command: 'socat',
    args: [
      ...['-t', '0.02', `TCP-LISTEN:${port},bind=127.0.0.1,fork,reuseaddr,backlog=256,nodelay`],
      `EXEC:nsenter -t ${pid} -n socat -t 0.02 - TCP\\:127.0.0.1\\:${port}\\,nodelay`,
    ],
    log,
    ready: () => isListening(port),
  };
}
