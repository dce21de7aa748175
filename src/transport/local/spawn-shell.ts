import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';

/** Where and with what a shell starts. */
export interface SpawnShellOptions {
  /** The working directory: an existing one. */
  readonly cwd: string;
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** The shell's path. Default `/bin/sh`. */
  readonly shell?: string | undefined;
}

/**
 * Starts a shell that runs `command` (`sh -c`), or one that reads its standard input where there is none. It leads a
 * session and a process group of its own, so that {@link signalGroup} reaches everything that it starts.
 *
 * A shell that cannot be started emits `error` on the child, as always with `node:child_process`.
 */
export function spawnShell(command: string | undefined, o: SpawnShellOptions): ChildProcessWithoutNullStreams {
  return spawn(o.shell ?? '/bin/sh', command === undefined ? [] : ['-c', command], {
    cwd: o.cwd,
    env: { ...o.env },
    detached: true,
    stdio: 'pipe',
  });
}

/**
 * Sends a signal to a whole process group (kill(2) with a negative pid). Signal 0 only asks. Returns whether there was
 * anybody to take it; never throws for a group that is gone or that belongs to somebody else.
 */
export function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-leader, signal);
  } catch {
    return false;
  }
}
