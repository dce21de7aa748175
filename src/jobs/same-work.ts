import { JobError } from '../core/job-error.js';
import { canonical } from './job-key.js';
import type { JobPlan } from './job-plan.js';
import type { JobRecord } from './job-record.js';

/**
 * Sees to it that a job which is on record already is the one that is meant. A key that somebody chose says which job it is, and
 * nothing of what it does: the same key with another command is a slip, and that job would pass for this one. What it is called,
 * what of it is fetched, and what it comes after make no other job of it.
 *
 * @throws JobError (`key-taken`) that says what differs.
 */
export function refuseOtherWork({ spec, key, record }: JobPlan, kept: JobRecord, machine: string): void {
  // One that was made of all that the job is says it all.
  if (spec.key === undefined) return;
  const differing = differences(record(kept.attempt), kept);
  if (differing.length === 0) return;
  const what = new Intl.ListFormat('en').format(differing);
  throw new JobError(
    'key-taken',
    `The key ${JSON.stringify(key)} is that of a job in ${kept.directory} on ${machine} which has not the same ${what}: a key ` +
      'stands for one job. `attach` finds that one; choose another key for this one, or none. With `resubmit: true` this one ' +
      'takes its place, once that has ended.',
    { host: machine, jobKey: key, why: `not the same ${what}` },
  );
}

function differences(now: JobRecord, kept: JobRecord): string[] {
  const differ = (a: unknown, b: unknown): boolean => canonical(a ?? {}) !== canonical(b ?? {});
  const paths = ({ inputs }: JobRecord): readonly string[] => inputs.toSorted();
  const hasSum = typeof kept.inputsSum === 'string';
  return [
    ...(now.command === kept.command ? [] : ['command']),
    ...((hasSum ? now.inputsSum !== kept.inputsSum : differ(paths(now), paths(kept))) ? ['inputs'] : []),
    ...(differ(now.resources, kept.resources) ? ['resources'] : []),
    ...(differ(now.env, kept.env) ? ['env'] : []),
    ...(now.walltime === kept.walltime ? [] : ['walltime']),
  ];
}
