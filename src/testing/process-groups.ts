import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { signalGroup } from '../transport/local/spawn-shell.js';

/** The process groups that one connection started, so that none outlives it. */
export class ProcessGroups {
  readonly #leaders = new Map<number, Promise<void>>();

  /** Takes in a child that leads its own group. A group that is empty when its leader ends is forgotten. */
  add(child: ChildProcessWithoutNullStreams): void {
    const { pid } = child;
    if (pid === undefined) return;
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => {
        // A pid that nobody holds any more may be given to a stranger: only a group with members may be kept.
        if (!signalGroup(pid, 0)) this.#leaders.delete(pid);
        resolve();
      });
    });
    this.#leaders.set(pid, ended);
  }

  /** Kills every group, and resolves when the children have been reaped. */
  async killAll(): Promise<void> {
    const leaders = [...this.#leaders];
    this.#leaders.clear();
    for (const [leader] of leaders) signalSession(leader, 'SIGKILL');
    await Promise.all(leaders.map(([, ended]) => ended));
  }
}

/**
 * Signals the group of `leader` and those that its children lead: a terminal's program has a session of its own below
 * the program that holds the terminal.
 */
export function signalSession(leader: number, signal: NodeJS.Signals): void {
  for (const child of childrenOf(leader)) signalGroup(child, signal);
  signalGroup(leader, signal);
}

/** The children of a process; none where the system does not say (proc(5), `/proc/pid/task/tid/children`). */
function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'ascii').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
