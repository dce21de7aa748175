import { readdir, readFile } from 'node:fs/promises';
import { pause } from '../core/deadline.js';

/** Rounds before giving up on processes that multiply faster than they are killed. */
const MOST_ROUNDS = 500;

/** Rounds in which a process that shows no environment is waited for; after them it has none. */
const PATIENT_ROUNDS = 20;

/** `PF_KTHREAD` of the kernel's `sched.h`, in the flags of proc_pid_stat(5). */
const KERNEL_THREAD = 0x00200000;

/**
 * Kills every process with `name=value` in its environment, until there are none: those that left their process group
 * (`setsid`) are found by it. Where there is no `/proc` it finds nothing.
 */
export async function killMarked(name: string, value: string): Promise<void> {
  if (process.platform !== 'linux') return;
  const mark = Buffer.from(`${name}=${value}\0`);
  let patience = PATIENT_ROUNDS;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry)).map(Number);
    const states = await Promise.all(pids.map((pid) => look(pid, mark)));
    for (const [i, pid] of pids.entries()) if (states[i] === 'marked') kill(pid);
    if (states.includes('marked')) patience = PATIENT_ROUNDS;
    else if (!states.includes('unknown') || patience-- === 0) return;
    await pause(1);
  }
}

/** A process in the middle of execve(2) shows no environment at all: it has to be looked at again. */
async function look(pid: number, mark: Buffer): Promise<'marked' | 'stranger' | 'unknown'> {
  if (pid === process.pid) return 'stranger';
  try {
    const environment = await readFile(`/proc/${pid}/environ`);
    if (environment.length > 0) return environment.includes(mark) ? 'marked' : 'stranger';
    // After the name, which may hold anything: state, five ids, flags (proc_pid_stat(5)).
    const [, state = '', flags = '0'] =
      /^.*\) (\S) (?:\S+ ){5}(\d+) /s.exec(await readFile(`/proc/${pid}/stat`, 'latin1')) ?? [];
    return state === 'Z' || state === 'X' || (Number(flags) & KERNEL_THREAD) !== 0 ? 'stranger' : 'unknown';
  } catch {
    // It has ended, or it belongs to somebody else.
    return 'stranger';
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself in between.
  }
}
