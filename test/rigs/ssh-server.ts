import { readFile, rm } from 'node:fs/promises';
import { type Accounts, type Identities, identities } from './accounts.js';
import { type KeptCommand, type KeptProcess, keepProcess } from './kept-process.js';

/** A server that runs, and what is needed to log in to it. */
export interface SshServer extends Accounts, AsyncDisposable {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** The first of the ordinary accounts. */
  readonly user: string;
  /** Key file without a passphrase that every account accepts. */
  readonly identity: string;
  /** All the key files there are. */
  readonly identities: Identities;
  /** File with this server's host keys. */
  readonly knownHosts: string;
  /** Process id of the server that listens. */
  readonly pid: number;
  /** All that the server has written so far; after the end, all that it ever wrote. */
  log(): Promise<string>;
  /** Ends the server and all its sessions, and starts it again on the same port with the same keys. */
  restart(): Promise<void>;
  /** Ends the server, its sessions and the commands that run in them. */
  stop(): Promise<void>;
}

/** What a server was given before it starts. */
export interface SshServerSetup extends Accounts {
  readonly port: number;
  readonly knownHosts: string;
  /** Holds all files of this server; it goes when the server is stopped. */
  readonly directory: string;
  readonly run: KeptCommand;
}

/** Starts a server that is set up. */
export async function startServer({ directory, run, ...setup }: SshServerSetup): Promise<SshServer> {
  let server: KeptProcess = await keepProcess(run);
  let lastLog: string | undefined;
  const stop = async (): Promise<void> => {
    await server.stop();
    lastLog ??= await readFile(run.log, 'utf8');
    await rm(directory, { recursive: true, force: true });
  };
  return {
    ...setup,
    host: '127.0.0.1',
    user: setup.users[0],
    identity: identities.ed25519,
    identities,
    get pid() {
      return server.pid;
    },
    log: async () => lastLog ?? (await readFile(run.log, 'utf8')),
    restart: async () => {
      await server.stop();
      server = await keepProcess(run);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
