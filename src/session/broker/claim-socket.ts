import { randomBytes } from 'node:crypto';
import { link, lstat, rename, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { checkSocket } from './socket-place.js';

/** A path at which a socket of this process is listened on. */
export interface Claim {
  /** Takes the socket's file away, if it is still this one's. The listening itself is its owner's to end. */
  release(): Promise<void>;
}

/**
 * Listens at a path as the only one: `undefined` where somebody else does so already. A socket that nobody is behind is
 * replaced.
 *
 * `listen` is given another name in the same directory; once it listens there, link(2) gives the socket its own name,
 * which fails where that is taken. So nobody ever sees a socket that is not yet answered, and a socket that is not
 * answered has been left behind. It is moved aside and asked once more before it is removed: two who come at once may both
 * have seen it, and the second of them would otherwise remove what the first has put in its place.
 *
 * @throws OptionError where a file is in the way that is no socket of this user's; what `listen` throws.
 */
export async function claimSocket(path: string, listen: (path: string) => Promise<void>): Promise<Claim | undefined> {
  const own = besides(path);
  await listen(own);
  try {
    const { ino, dev } = await lstat(own);
    while (!(await linked(own, path))) {
      if (await isAnswered(path)) return undefined;
      await removeLeftover(path);
    }
    return {
      release: async () => {
        const found = await lstat(path).catch(() => undefined);
        if (found?.ino === ino && found.dev === dev) await rm(path, { force: true });
      },
    };
  } finally {
    await rm(own, { force: true });
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

async function removeLeftover(path: string): Promise<void> {
  const aside = besides(path);
  try {
    checkSocket(path, await lstat(path));
    await rename(path, aside);
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  if (await isAnswered(aside)) await linked(aside, path);
  await rm(aside, { force: true });
}

/** Whether a file could be given a second name, which nothing had. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function besides(path: string): string {
  return join(dirname(path), `.${randomBytes(4).toString('hex')}`);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
