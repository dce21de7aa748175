import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Accounts, makeAccounts } from './accounts.js';
import { freePort, isListening, type KeptProcess, keepProcess } from './kept-process.js';

/** What a test says of the telnet server that it wants. */
export interface TelnetdOptions {
  /** How many ordinary accounts there are, `hawser-test1` upwards. Default 1. */
  readonly users?: number;
  /** Arguments of telnetd(8), such as `['-h']` (no line about the host before the login). */
  readonly args?: readonly string[];
}

/** A telnet server that asks for name and password by the system's login(1). */
export interface Telnetd extends Accounts, AsyncDisposable {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** The first of the ordinary accounts. */
  readonly user: string;
  /** Process id of what listens. */
  readonly pid: number;
  /** What went wrong, in the words of what listens. */
  log(): Promise<string>;
  /** Ends the server and all its sessions, and starts it again on the same port. */
  restart(): Promise<void>;
  /** Ends the server and all its sessions. */
  stop(): Promise<void>;
}

/**
 * Starts GNU telnetd on a free port of 127.0.0.1. It asks the client for seven options at once, and gives no prompt to
 * a client that answers none of them; a wrong password is answered after seconds.
 */
export async function startTelnetd(options: TelnetdOptions = {}): Promise<Telnetd> {
  const accounts = await makeAccounts(options.users);
  const directory = await mkdtemp(join(tmpdir(), 'hawser-telnetd-'));
  const port = await freePort();
  const log = join(directory, 'log');
  // With `nofork` the program gets the connection itself as stdin, as inetd would give it.
  const program = ['/usr/sbin/telnetd', ...(options.args ?? [])].join(' ');
  const keep = (): Promise<KeptProcess> =>
    keepProcess({
      command: 'socat',
      args: [`TCP-LISTEN:${port},bind=127.0.0.1,fork,reuseaddr,backlog=128`, `EXEC:${program},nofork`],
      log,
      ready: () => isListening(port),
    });
  let server = await keep();
  const stop = async (): Promise<void> => {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  };
  return {
    ...accounts,
    host: '127.0.0.1',
    port,
    user: accounts.users[0],
    get pid() {
      return server.pid;
    },
    log: () => readFile(log, 'utf8'),
    restart: async () => {
      await server.stop();
      server = await keep();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
