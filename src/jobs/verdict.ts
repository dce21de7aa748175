import type { FarRecord } from '../remote/batch/far-record.js';
import type { SchedulerKind } from './kinds/scheduler-kind.js';

/** What a record says that is to be done about its job. */
export type Verdict =
  /** The scheduler has it, or had. */
  | { readonly is: 'submitted'; readonly id: string }
  /** Nobody is about to submit it. */
  | { readonly is: 'to-start' }
  /** Somebody is at it. */
  | { readonly is: 'to-wait' }
  /** Somebody was about to, and has not begun: nothing was submitted. */
  | { readonly is: 'to-clear' }
  /** There is no room for it now. */
  | { readonly is: 'full'; readonly why: string }
  /** The scheduler does not take it. */
  | { readonly is: 'refused'; readonly why: string }
  /** It may have been submitted. */
  | { readonly is: 'unclear'; readonly why: string };

/** Whose time is up: a helper's that has not said who it is, or one's that has not answered. */
export interface TimesUp {
  readonly firstWord: boolean;
  readonly answer: boolean;
}

/** What is to be done about a job, by what its machine has on record. Nothing else decides whether it is submitted. */
export function verdictOn(record: FarRecord, kind: SchedulerKind, timesUp: TimesUp): Verdict {
  const { started, exit, submit, lock, id } = record;
  if (started !== undefined) return { is: 'submitted', id: started.id };
  if (exit !== undefined) return { is: 'submitted', id: id ?? '' };
  if (record.found === true && id !== undefined) return { is: 'submitted', id };
  if (submit !== undefined) {
    const answer = kind.readSubmit(submit);
    if ('id' in answer) return { is: 'submitted', id: answer.id };
    if ('unclear' in answer) return { is: 'unclear', why: answer.unclear };
    return { is: answer.again ? 'full' : 'refused', why: answer.refused };
  }
  if (lock === undefined) return { is: 'to-start' };
  // Another job came to have the directory: who asks for it again is told of that one.
  if (lock.outdone === true) return { is: 'to-clear' };
  if (lock.begun) {
    if (lock.alive === false)
      return { is: 'unclear', why: 'what submits jobs there was ended before it had an answer' };
    return timesUp.answer ? { is: 'unclear', why: 'the scheduler has not answered' } : { is: 'to-wait' };
  }
  const isStuck = lock.alive === false || (lock.alive === true ? timesUp.answer : timesUp.firstWord);
  return isStuck ? { is: 'to-clear' } : { is: 'to-wait' };
}
