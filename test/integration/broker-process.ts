import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from '../rigs/rigs.js';

/** A place for a broker's socket, of one test's own. */
export interface BrokerPlace extends AsyncDisposable {
  readonly directory: string;
  readonly socket: string;
  /** What tells the command line, and a broker that it starts, where the socket is. */
  readonly env: Readonly<Record<string, string>>;
  /** Where the brokers write what happens. */
  readonly log: string;
  /** The brokers that were started for this place and run, whatever became of their socket. */
  processes(): Promise<number[]>;
}

/** Makes a place for a broker; disposing ends what runs there. */
export async function brokerPlace(): Promise<BrokerPlace> {
  const directory = await mkdtemp(join(tmpdir(), 'hawser-broker-'));
  const socket = join(directory, 'broker.sock');
  const log = `${directory}.log`;
  const processes = (): Promise<number[]> => brokersWith(`HAWSER_SESSION_SOCKET=${socket}`);
  return {
    directory,
    socket,
    env: { HAWSER_SESSION_SOCKET: socket, HAWSER_SESSION_LOG: log },
    log,
    processes,
    [Symbol.asyncDispose]: async () => {
      for (const pid of await processes()) process.kill(pid, 'SIGKILL');
      await waitUntil('the broker to be gone', async () => (await processes()).length === 0);
      for (const path of [directory, log]) await rm(path, { recursive: true, force: true });
    },
  };
}

/** The live brokers that have a variable in their environment (Linux only). */
async function brokersWith(variable: string): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter(Number.isInteger);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const title = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      if (!title.startsWith('hawser session broker')) return [];
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      return environment.split('\0').includes(variable) ? [pid] : [];
    }),
  );
  return found.flat();
}
