import { chmod, lstat, unlink } from 'node:fs/promises';
import { connect as connectSocket, createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { isMainThread } from 'node:worker_threads';
import { abortReason, onAbort, throwIfAborted } from '../../core/abort.js';
import { ChannelError } from '../../core/errors.js';
import { TypedEvents } from '../../core/events.js';
import type { ChannelOptions, DialTarget, Listener, ListenTarget } from '../contract.js';

const HOST = 'local';
/** Keeps a socket's file from everybody else, as ssh's `StreamLocalBindMask` does (ssh_config(5)). */
const PRIVATE = 0o177;

/**
 * Connects to a port or a Unix socket.
 *
 * @throws ChannelError whose cause has the system's code, AbortError.
 */
export async function dialHere(to: DialTarget, { signal }: ChannelOptions): Promise<Socket> {
  const where = nameOf(to);
  throwIfAborted(signal, `connecting to ${where}`, HOST);
  const socket = connectSocket({
    ...('socketPath' in to ? { path: to.socketPath } : { host: to.host, port: to.port, noDelay: true }),
    allowHalfOpen: true,
  });
  await settled(socket, 'connect', signal, `connect to ${where}`, () => socket.destroy());
  // From here on, "close" tells of its failure.
  socket.on('error', () => {});
  return socket;
}

/**
 * Listens on a port or a Unix socket, whose file is for this user alone and goes with the listener. One that is there
 * already is replaced where it is a socket that nobody listens on.
 *
 * @throws ChannelError whose cause has the system's code, AbortError.
 */
export async function listenHere(at: ListenTarget, { signal }: ChannelOptions): Promise<Listener> {
  const where = nameOf(at);
  throwIfAborted(signal, `listening on ${where}`, HOST);
  try {
    return await listenOnce(at, where, signal);
  } catch (error) {
    if (!('socketPath' in at) || !isTaken(error) || !(await isLeftOver(at.socketPath))) throw error;
    await unlink(at.socketPath).catch(() => {});
    return listenOnce(at, where, signal);
  }
}

async function listenOnce(at: ListenTarget, where: string, signal: AbortSignal): Promise<Listener> {
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  if ('socketPath' in at) bindPrivately(server, at.socketPath);
  else server.listen({ host: at.host, port: at.port });
  await settled(server, 'listening', signal, `listen on ${where}`, () => server.close());
  if ('socketPath' in at && !isMainThread) await chmod(at.socketPath, 0o600);
  return new LocalListener(server);
}

/** Makes the socket's file, at once, with nobody else's rights on it. */
function bindPrivately(server: Server, path: string): void {
  // The mask is the process's, and no worker's to change: there the file is made private a moment later.
  const before = isMainThread ? process.umask(PRIVATE) : undefined;
  try {
    server.listen({ path });
  } finally {
    if (before !== undefined) process.umask(before);
  }
}

function isTaken(error: unknown): boolean {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && Reflect.get(cause, 'code') === 'EADDRINUSE';
}

/** Whether a file is a socket whose listener has gone without it. */
async function isLeftOver(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats?.isSocket() !== true) return false;
  return new Promise((resolve) => {
    const probe = connectSocket({ path });
    probe.once('connect', () => {
      probe.destroy();
      resolve(false);
    });
    probe.once('error', (error) => resolve(Reflect.get(error, 'code') === 'ECONNREFUSED'));
  });
}

class LocalListener extends TypedEvents<{ connection: [stream: Duplex]; close: [] }> implements Listener {
  readonly port: number | undefined;
  readonly #server: Server;
  #closed = false;

  constructor(server: Server) {
    super();
    this.#server = server;
    const address = server.address();
    this.port = typeof address === 'object' && address !== null ? address.port : undefined;
    server.on('connection', (socket) => {
      // "close" tells of its failure.
      socket.on('error', () => {});
      this.emit('connection', socket);
    });
    // A connection that could not be taken in is its client's to try again.
    server.on('error', () => {});
  }

  /** Stops listening. What has come in goes on. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // Its own word of the end waits for all that has come in.
    this.#server.close();
    this.emit('close');
  }
}

function settled(
  source: Socket | Server,
  event: string,
  signal: AbortSignal,
  doing: string,
  undo: () => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = onAbort(signal, () => {
      undo();
      reject(abortReason(signal, `trying to ${doing}`, HOST));
    });
    const failed = (error: Error): void => {
      stop();
      const message = `This machine could not ${doing}: ${error.message}.${adviceFor(error)}`;
      reject(new ChannelError('refused', message, { host: HOST, cause: error }));
    };
    source.once('error', failed);
    source.once(event, () => {
      stop();
      source.off('error', failed);
      resolve();
    });
  });
}

function adviceFor(error: Error): string {
  switch (Reflect.get(error, 'code')) {
    case 'EADDRINUSE':
      return ' Something else listens there: choose another, or port 0 for a free one.';
    case 'EACCES':
      return ' Ports below 1024 and directories of others are for those who may: choose another.';
    case 'EADDRNOTAVAIL':
      return ' It is no address of this machine.';
    default:
      return '';
  }
}

function nameOf(at: DialTarget | ListenTarget): string {
  return 'socketPath' in at ? at.socketPath : `${at.host}:${at.port}`;
}
