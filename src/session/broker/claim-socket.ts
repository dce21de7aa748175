import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { link, lstat, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { type Abortable, abortReason, onAbort } from '../../core/abort.js';
import { codeOf } from '../../core/hawser-error.js';
import { checkSocket } from './socket-place.js';

/** A path at which a socket of this process is listened on. */
export interface Claim {
  /** Takes the socket's file away, if it is still this one's. What listens is to be ended after that, not before. */
  release(): Promise<void>;
}

/**
 * Listens at a path as the only one: `undefined` where somebody else does so already. A socket that nobody is behind is
 * replaced.
 *
 * `listen` is given another name in the same directory; once it listens there, link(2) gives the socket its own name,
 * which fails where that is taken. So nobody ever sees a socket that is not answered yet: one that is not answered has
 * been left behind.
 *
 * @throws OptionError where a file is in the way that is no socket of this user's; what `listen` throws; AbortError.
 */
export async function claimSocket(
  path: string,
  listen: (path: string) => Promise<void>,
  o: Abortable = {},
): Promise<Claim | undefined> {
  const own = join(dirname(path), `.${randomBytes(4).toString('hex')}`);
  await listen(own);
  try {
    const file = await lstat(own);
    while (!(await linked(own, path))) {
      if (await isAnswered(path)) return undefined;
      await removeLeftover(path, o);
    }
    return {
      release: () => removeSocket(path, file),
    };
  } finally {
    await rm(own, { force: true });
  }
}

/** Takes a socket's file away, if it is still the one that `file` tells of. */
export async function removeSocket(path: string, file: Pick<Stats, 'dev' | 'ino'> | undefined): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found !== undefined && found.ino === file?.ino && found.dev === file.dev) await rm(path, { force: true });
}

/**
 * Does something that one process at a time may do; who comes while it is done waits for the end of it, and does nothing:
 * `undefined`.
 *
 * The lock is a socket that is listened on, and to wait is to be connected to it: whatever becomes of the one who holds
 * it, the system tells the others.
 *
 * @throws AbortError; what `work` throws.
 */
export async function underLock<T>(path: string, work: () => Promise<T>, o: Abortable = {}): Promise<T | undefined> {
  const waiting = new Set<Socket>();
  const server = createServer((one) => {
    waiting.add(one);
    one.on('error', () => {}).once('close', () => waiting.delete(one));
  });
  try {
    const listen = (own: string): Promise<void> =>
      new Promise((resolve, reject) => {
        server.once('error', reject).listen(own, resolve);
      });
    const claim = await claimSocket(path, listen, o);
    if (claim === undefined) {
      await untilReleased(path, o.signal);
      return undefined;
    }
    try {
      return await work();
    } finally {
      await claim.release();
    }
  } finally {
    server.close();
    for (const one of waiting) one.destroy();
  }
}

/** Whether somebody listens on a unix socket. */
export function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      // EAGAIN: there is somebody, and a crowd before him.
      resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT');
    });
  });
}

/**
 * Removes a socket that nobody is behind, under a lock of that very file: whoever else has seen it can neither remove it
 * meanwhile nor, having come late, remove what has been put in its place.
 */
async function removeLeftover(path: string, o: Abortable): Promise<void> {
  const found = await statOf(path);
  if (found === undefined) return;
  checkSocket(path, found);
  const remove = async (): Promise<void> => {
    const now = await statOf(path);
    if (now?.ino === found.ino && !(await isAnswered(path))) await rm(path, { force: true });
  };
  await underLock(join(dirname(path), `.i${found.ino.toString(36)}`), remove, o);
}

function untilReleased(path: string, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const holder = connect(path);
    const stop = onAbort(signal, () => holder.destroy());
    holder
      .on('error', () => {})
      .once('close', () => {
        stop();
        if (signal?.aborted) reject(abortReason(signal, 'waiting for a session broker to start'));
        else resolve();
      });
    holder.resume();
  });
}

async function statOf(path: string): Promise<Stats | undefined> {
  return lstat(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
}

/** Whether a file could be given a second name, which nothing had. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}
