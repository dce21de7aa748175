import type { JobStateName } from '../job-state.js';

/**
 * The state for the letters of qstat(1): deletion, Error, hold, running, Restarted, suspended, Suspended by its queue or
 * Threshold, transferring, queued and waiting, Preempted. Where one is not known, so is the state.
 */
export function sgeState(letters: string): JobStateName {
  if (!/^[dEhNPqrRsStTw]+$/.test(letters)) return 'unknown';
  if (/[qw]/.test(letters)) return 'queued';
  return /[NPrsStT]/.test(letters) ? 'running' : 'unknown';
}

/** Why a job stays where it is, for the letters that want somebody to do something. */
export function sgeReason(letters: string): string | undefined {
  if (letters.includes('E')) return 'it could not be started: see "qstat -j", then "qmod -cj" or cancel it';
  return letters.includes('h') ? 'it is held' : undefined;
}
