import { defined } from '../core/defined.js';
import type { Misses } from '../remote/batch/count-misses.js';
import type { FarRecord } from '../remote/batch/far-record.js';
import { isFinal, type JobState } from './job-state.js';

/** How often a job has to be missing from its queue, one query after another, before it may be called lost. */
const MISSES = 3;
/** Exit statuses above this one are those of a signal (POSIX.1-2017, Shell Command Language, §2.8.2). */
const SIGNALLED = 128;

/** How a job stands that was ended by its time where no scheduler does that. */
const TIMED_OUT = { state: 'timeout', reason: 'its walltime was up' } as const;

/** What one look at a machine told of a job. */
export interface Sight {
  /** Its record; `undefined`: the records were not read. */
  readonly record: FarRecord | undefined;
  /** Whether the queue was asked for it, and answered. */
  readonly asked: boolean;
  /** How it stands in the queue, or in the accounting; `undefined`: they do not know it, or did not answer. */
  readonly queued: JobState | undefined;
  /** The id by which the queue has it, where that was found out just now, by its token. */
  readonly foundAs?: string | undefined;
  /** Where it {@link isMissing}: how often that has been so, for all who looked. */
  readonly misses?: Misses | undefined;
}

/** What is known of a job from earlier looks. */
export interface Knowledge {
  readonly state: JobState;
  /** How often one after another the queue has answered and did not know it. */
  readonly misses: number;
  /** Since when. */
  readonly missingSince: number | undefined;
}

/** What is known of a job whose state has just been learnt. */
export function knowing(state: JobState): Knowledge {
  return { state, misses: 0, missingSince: undefined };
}

/**
 * What a look at the machine makes of what was known. The exit status that the job has left on record decides above all. A
 * job that is missing from its queue stays what it was until it has been missing often enough, and for long enough. What was
 * not answered changes nothing.
 *
 * @param now milliseconds on any clock that goes forward; `grace` in milliseconds.
 */
export function judge(known: Knowledge, sight: Sight, now: number, grace: number): Knowledge {
  return found(known, sight) ?? missed(known, sight, now, grace);
}

/** Whether nothing is left of a job to judge by, but that its queue does not know it. */
export function isMissing(known: Knowledge, sight: Sight): boolean {
  return found(known, sight) === undefined;
}

/** What is made of a look that has found something, or had no answer; `undefined`: the job is missing. */
function found(known: Knowledge, { record, asked, queued }: Sight): Knowledge | undefined {
  if (isFinal(known.state.state)) return known;
  const facts = factsOf(record);
  const last = { ...known.state, ...facts };
  if (record?.exit !== undefined && !isInterrupted(record, { asked, queued })) {
    return knowing(ended(record, record.exit, queued));
  }
  // Whether what becomes of it now is the work of who is ending it will be on record in a moment.
  if (record?.cancelling === true) return { ...known, state: last };
  // One that is in the queue again has left its last run behind.
  if (queued !== undefined) {
    // Where a scheduler kills what it ends, its accounting has a failure, or nobody has anything of it.
    const hasFailed = queued.state === 'lost' || (queued.state === 'failed' && queued.exitStatus === undefined);
    const told = hasFailed ? toldBy(record) : undefined;
    return knowing(queued.state === 'queued' ? queued : { ...queued, ...facts, ...told });
  }
  if (record !== undefined && !hasTrouble(record) && !record.missing && !isWithScheduler(record)) {
    return knowing(beforeTheQueue(record));
  }
  if (!asked) return { ...known, state: last };
  // What was to be ended, and is not there any more, has been.
  const told = toldBy(record);
  return told === undefined ? undefined : knowing({ ...last, ...told });
}

/** Who told it to end, where that is on record, and first; it may have ended by itself right then. */
function toldBy(record: FarRecord | undefined): Pick<JobState, 'state' | 'reason'> | undefined {
  const { timedOut, cancelled } = record ?? {};
  if (timedOut !== undefined && (cancelled === undefined || timedOut.at <= cancelled.at)) return TIMED_OUT;
  return cancelled === undefined ? undefined : { state: 'cancelled' };
}

function missed(known: Knowledge, { record, misses: all }: Sight, now: number, grace: number): Knowledge {
  const last = { ...known.state, ...factsOf(record) };
  const misses = known.misses + 1;
  const missingSince = known.missingSince ?? now;
  const times = Math.max(misses, all?.times ?? 0);
  const ms = Math.max(now - missingSince, all?.ms ?? 0);
  if (times < MISSES || ms < grace) return { state: last, misses, missingSince };
  return knowing({ ...last, state: 'lost', reason: 'the scheduler knows it no more, and it left no exit status' });
}

/** Whether the record shows that the scheduler has it, or had. */
export function isWithScheduler(record: FarRecord): boolean {
  return record.id !== undefined || record.started !== undefined;
}

/**
 * Whether a run was told to end, and may not have been the last one: schedulers end what they put back into the queue, and
 * what they move elsewhere. It was, once they have it neither waiting nor running. (A job that is being ended counts as running.)
 */
function isInterrupted(record: FarRecord, { asked, queued }: Omit<Sight, 'record'>): boolean {
  if (record.exit?.signal === undefined || toldBy(record) !== undefined) return false;
  if (record.cancelling === true) return true;
  return !asked || queued?.state === 'queued' || queued?.state === 'running';
}

function hasTrouble(record: FarRecord): boolean {
  return record.trouble !== undefined;
}

/** How a job stands that the scheduler is not known to have. */
function beforeTheQueue({ ready, lock, submit }: FarRecord): JobState {
  if (submit !== undefined) return { state: 'submit-unknown', ...reasonOf(submit.stderr) };
  if (lock !== undefined) return { state: lock.alive === true ? 'submitting' : 'submit-unknown' };
  return ready
    ? { state: 'staged' }
    : { state: 'unknown', reason: 'its files have not all been sent: submit it again' };
}

function reasonOf(text: string): { readonly reason?: string } {
  const reason = text.trim().split('\n').at(-1) ?? '';
  return reason === '' ? {} : { reason };
}

/** What the script has left on record of the run. */
function factsOf(record: FarRecord | undefined): Partial<JobState> {
  const { started } = record ?? {};
  return started === undefined ? {} : { host: started.host, startedAt: started.at };
}

function ended(record: FarRecord, exit: NonNullable<FarRecord['exit']>, queued: JobState | undefined): JobState {
  const { status, at, signal } = exit;
  const isOver = queued !== undefined && isFinal(queued.state) && queued.state !== 'lost';
  const facts = {
    // What the queue said of it before is over, too; and what was to be lost has left its exit status after all.
    ...(isOver ? queued : defined({ queuedAt: queued?.queuedAt })),
    ...factsOf(record),
    exitStatus: status,
    endedAt: at,
    ...(signal === undefined ? {} : { signal }),
  };
  if (status === 0 && signal === undefined) return { ...facts, state: 'done' };
  // What ended by itself right before its time was up was not told to.
  if (signal !== undefined && toldBy(record) === TIMED_OUT) return { ...facts, ...TIMED_OUT };
  // A command that was told to end left a status all the same: it is on record, or the scheduler knows, why it was told.
  const wasTold = signal !== undefined || status > SIGNALLED;
  // One that hears of it before its script does may end with a status of its own.
  const hasHeard = record.cancelled !== undefined && (at >= record.cancelled.at || queued?.state === 'cancelled');
  if (hasHeard || (wasTold && record.cancelled !== undefined)) return { ...facts, state: 'cancelled' };
  if (wasTold && (queued?.state === 'timeout' || queued?.state === 'cancelled'))
    return { ...facts, state: queued.state };
  return { ...facts, state: 'failed' };
}
