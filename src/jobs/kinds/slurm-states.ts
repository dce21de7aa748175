import type { JobStateName } from '../job-state.js';

/** What squeue(1), sacct(1) and scontrol(1) say of a job's state (JOB STATE CODES), without a `+` or `by UID` after it. */
const STATES: Readonly<Record<string, JobStateName>> = {
  PENDING: 'queued',
  CONFIGURING: 'queued',
  POWER_UP_NODE: 'queued',
  REQUEUED: 'queued',
  REQUEUE_FED: 'queued',
  REQUEUE_HOLD: 'queued',
  RESV_DEL_HOLD: 'queued',
  SPECIAL_EXIT: 'queued',
  RUNNING: 'running',
  COMPLETING: 'running',
  RESIZING: 'running',
  SIGNALING: 'running',
  STAGE_OUT: 'running',
  STOPPED: 'running',
  SUSPENDED: 'running',
  COMPLETED: 'done',
  FAILED: 'failed',
  BOOT_FAIL: 'failed',
  LAUNCH_FAILED: 'failed',
  NODE_FAIL: 'failed',
  OUT_OF_MEMORY: 'failed',
  PREEMPTED: 'failed',
  RECONFIG_FAIL: 'failed',
  CANCELLED: 'cancelled',
  DEADLINE: 'timeout',
  TIMEOUT: 'timeout',
};

/** The state for a word of Slurm's; `unknown` for a word that is not known, such as `REVOKED`: the job runs elsewhere. */
export function slurmState(word: string): JobStateName {
  return (Object.hasOwn(STATES, word) ? STATES[word] : undefined) ?? 'unknown';
}
