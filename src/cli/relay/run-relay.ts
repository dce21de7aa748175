import { existsSync, type Stats } from 'node:fs';
import { lstat, rename, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { homedir } from 'node:os';
import { isAbsolute } from 'node:path';
import { removeSocket } from '../../session/broker/claim-socket.js';
import type { SessionBroker } from '../../session/broker/session-broker.js';
import type { SessionCache } from '../../session/session-cache.js';
import { LineFault, readFirstLine } from '../../transport/broker/lines.js';
import { inventoryFile } from '../options/inventory-file.js';
import { type PlainRun, readPlainRun } from '../run/plain-run.js';
import { FarCaller } from './far-caller.js';
import { readRequest } from './read-request.js';
import { LONGEST_REQUEST, type RelayRequest, relayBeside } from './relay-lines.js';

/** As many callers may wait to be taken in, where the system allows as many. */
const BACKLOG = 4096;

/**
 * Does simple runs (`hawser run HOST -- COMMAND`) for the processes that are called for them, in the process of the broker that
 * has their sessions: it has the program loaded, and they need not.
 */
export class RunRelay {
  readonly #server: Server;
  readonly #path: string;
  readonly #sessions: SessionCache;
  readonly #callers = new Set<Socket>();
  #file: Stats | undefined;

  private constructor({ socket, sessions }: SessionBroker) {
    this.#path = relayBeside(socket);
    this.#sessions = sessions;
    this.#server = createServer((socket) => {
      this.#callers.add(socket);
      // A caller that dies is no fault of ours.
      socket.on('error', () => {}).once('close', () => this.#callers.delete(socket));
      void this.#serve(socket);
    });
  }

  /** Listens beside the socket of a broker of this process, in place of what another one may have left there. */
  static async listen(broker: SessionBroker): Promise<RunRelay> {
    const relay = new RunRelay(broker);
    // It has its name when it listens, not before.
    const own = `${relay.#path}.`;
    await rm(own, { force: true });
    await new Promise<void>((resolve, reject) => {
      relay.#server.once('error', reject).listen({ path: own, backlog: BACKLOG }, resolve);
    });
    relay.#file = await lstat(own);
    await rename(own, relay.#path);
    // What a run needs is loaded by the time when the first one comes.
    void import('./run-over-session.js');
    return relay;
  }

  /** Takes no more callers, and leaves those that there are. */
  async close(): Promise<void> {
    await removeSocket(this.#path, this.#file);
    this.#server.close();
    for (const caller of this.#callers) caller.destroy();
  }

  async #serve(socket: Socket): Promise<void> {
    try {
      const request = readRequest(await readFirstLine(socket, LONGEST_REQUEST));
      if (request === undefined) return void socket.destroy();
      const caller = new FarCaller(socket, request);
      const plain = isOfHere(request) ? readPlainRun(request.words) : undefined;
      if (plain === undefined || !isFree(plain)) return caller.take(false);
      const { runOverSession } = await import('./run-over-session.js');
      await runOverSession(this.#sessions, plain, caller);
    } catch (error) {
      // The caller finds its socket closed: before it was taken it goes another way, later it says that it was broken off.
      socket.destroy();
      if (!(error instanceof LineFault)) process.emitWarning(error instanceof Error ? error : String(error));
    }
  }
}

/** Whether a caller's hosts are what they are here: it has the same home, and no inventory. */
function isOfHere({ home, env }: RelayRequest): boolean {
  return home === homedir() && !existsSync(inventoryFile(env));
}

/** Whether what is named does not depend on the caller's working directory. */
function isFree({ flags: { identity = [], knownHosts = [], sshConfig = 'none' } }: PlainRun): boolean {
  return [...identity, ...knownHosts, ...(sshConfig === 'none' ? [] : [sshConfig])].every(
    (path) => isAbsolute(path) || path.startsWith('~/'),
  );
}
