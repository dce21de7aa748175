import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A process of this machine. */
export interface LiveProcess {
  readonly pid: number;
  readonly args: string;
}

/**
 * Live processes whose arguments contain `marker`: put a word of its own into a command (`sleep 1000; : hawser-x7`) and
 * ask whether it is still there. The shell that a server runs it in counts as well; the dead that nobody has waited for do not.
 */
export async function remoteProcesses(marker: string): Promise<LiveProcess[]> {
  const { stdout } = await run('ps', ['-ewwo', 'pid=,stat=,args='], { maxBuffer: 64 * 1024 * 1024 });
  return stdout.split('\n').flatMap((row) => {
    const [, pid, state, args] = /^\s*(\d+) (\S+)\s+(.*)$/.exec(row) ?? [];
    if (args === undefined || state?.startsWith('Z') || !args.includes(marker)) return [];
    return [{ pid: Number(pid), args }];
  });
}

/** How many resources of each type keep this process alive, such as `{ TCPSocketWrap: 2, Timeout: 1 }`. */
export function openHandles(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const type of process.getActiveResourcesInfo()) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}

/** A TCP socket of this process, whether or not it keeps the process alive. */
export interface OpenSocket {
  /** As in `127.0.0.1:2222`; port 0 at the far end of one that listens. */
  readonly local: string;
  readonly remote: string;
}

/** The TCP sockets over IPv4 that this process holds, from `/proc` (Linux only). */
export async function openSockets(): Promise<OpenSocket[]> {
  const inodes = new Set<string>();
  for (const descriptor of await readdir('/proc/self/fd')) {
    const target = await readlink(`/proc/self/fd/${descriptor}`).catch(() => ''); // the directory's own is gone by now
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode !== undefined) inodes.add(inode);
  }
  const [, ...rows] = (await readFile('/proc/self/net/tcp', 'utf8')).split('\n');
  return rows.flatMap((row) => {
    const [, local, remote, , , , , , , inode] = row.trim().split(/\s+/);
    if (local === undefined || remote === undefined || inode === undefined || !inodes.has(inode)) return [];
    return [{ local: address(local), remote: address(remote) }];
  });
}

// "0100007F:08AE" is 127.0.0.1:2222: the address as a little-endian word.
function address(entry: string): string {
  const [word = '', port = ''] = entry.split(':');
  const bytes = word.match(/../g)?.map((byte) => Number.parseInt(byte, 16)) ?? [];
  return `${bytes.reverse().join('.')}:${Number.parseInt(port, 16)}`;
}
