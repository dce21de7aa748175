import type { Abortable } from '../core/abort.js';
import { jobScript } from '../remote/batch/job-script.js';
import { submitHelper } from '../remote/batch/submit-helper.js';
import { checkSpec } from './check-spec.js';
import { jobKey, jobToken, queueName, sumOfInputs } from './job-key.js';
import type { JobMachine } from './job-machine.js';
import { type JobPlace, jobPlace } from './job-place.js';
import { type JobRecord, makeRecord, RECORD_FILE } from './job-record.js';
import type { JobSpec, Resources } from './job-spec.js';
import type { QueuedJob, SchedulerKind } from './kinds/scheduler-kind.js';
import type { Predecessors } from './predecessors.js';
import { manifestOf } from './staging/manifest.js';
import type { StagingFiles } from './staging/stage.js';

/** What is to be submitted, where to, and as what: all that can be known before the machine is asked. */
export interface JobPlan {
  readonly spec: JobSpec;
  readonly key: string;
  readonly place: JobPlace;
  /** The token of an attempt. */
  token(attempt: number): string;
  record(attempt: number): JobRecord;
  /** What is staged for an attempt. `after`: those that have to be waited for; default: all that the job names. */
  files(attempt: number, after?: Predecessors): StagingFiles;
}

/** What a plan is made for. */
export interface PlanOptions {
  readonly machine: JobMachine;
  readonly kind: SchedulerKind;
  /** Makes the scheduler's commands known to a script. */
  readonly withCommands: (script: string) => string;
}

/**
 * Checks a job and reads its inputs.
 *
 * @throws OptionError for what cannot be meant, FileError for an input that cannot be read, AbortError.
 */
export async function planJob(
  spec: JobSpec,
  { machine, kind, withCommands }: PlanOptions,
  o: Abortable = {},
): Promise<JobPlan> {
  const directory = checkSpec(spec);
  kind.checkSpec?.(spec, machine);
  const inputs = await manifestOf(spec.inputs, o);
  const key = jobKey(spec, inputs);
  const place = jobPlace(machine.workdir, directory, key);
  const token = (attempt: number): string => jobToken(key, attempt);
  const record = (attempt: number): JobRecord =>
    makeRecord(spec, {
      key,
      directory,
      kind: kind.name,
      machine: machine.name,
      token: token(attempt),
      attempt,
      inputs: inputs.files.map(({ path }) => path),
      inputsSum: sumOfInputs(inputs.checksums),
    });
  const files = (
    attempt: number,
    after: Predecessors = { ids: spec.after ?? [], records: undefined },
  ): StagingFiles => {
    const about = { record: place.record, token: token(attempt), after: after.ids, recordsOf: after.records };
    const queued = queuedJob(spec, machine, about);
    return {
      inputs,
      record: [
        { name: RECORD_FILE, content: `${JSON.stringify(record(attempt))}\n`, varies: true },
        { name: 'script', content: scriptOf(spec, machine, kind, queued), mode: 0o700 },
        {
          name: 'helper',
          content: submitHelper({
            submitLine: withCommands(kind.submitLine(queued)),
            idFilter: kind.idFilter,
            attempt,
          }),
        },
      ],
    };
  };
  // What cannot be put into words is found out before anything is sent.
  files(1);
  return { spec, key, place, token, record, files };
}

function queuedJob(
  spec: JobSpec,
  machine: JobMachine,
  about: Pick<QueuedJob, 'record' | 'token' | 'after' | 'recordsOf'>,
): QueuedJob {
  return {
    ...about,
    name: queueName(spec.name),
    resources: resourcesOf(spec, machine),
    walltime: spec.walltime ?? machine.walltime,
    shebang: machine.shebang,
  };
}

/** What the job asks for, else the machine. Who says how many processes there are says it for the scheduler, too. */
function resourcesOf(spec: JobSpec, { resources, nprocs }: JobMachine): Resources {
  const all = { ...resources, ...spec.resources };
  if (nprocs === undefined || all.tasks !== undefined || all.tasksPerNode !== undefined) return all;
  return { ...all, tasks: nprocs };
}

function scriptOf(spec: JobSpec, machine: JobMachine, kind: SchedulerKind, queued: QueuedJob): string {
  const { shebang, envSetup, modules, prepend, launcher, postpend } = machine;
  const { tasks, nodes = 1, tasksPerNode } = queued.resources;
  const nprocs = tasks ?? (tasksPerNode === undefined ? (machine.nprocs ?? 1) : nodes * tasksPerNode);
  return jobScript({
    directives: kind.directives(queued),
    record: queued.record,
    token: queued.token,
    idVariable: kind.idVariable,
    after: queued.recordsOf,
    command: spec.command,
    env: { ...machine.env, ...spec.env },
    nprocs,
    ...(shebang === undefined ? {} : { shebang }),
    ...(envSetup === undefined ? {} : { envSetup }),
    ...(modules === undefined ? {} : { modules }),
    ...(prepend === undefined ? {} : { prepend }),
    ...(launcher === undefined ? {} : { launcher }),
    ...(postpend === undefined ? {} : { postpend }),
  });
}
