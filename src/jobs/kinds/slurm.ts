import { quote } from '../../core/quote.js';
import { checkIds, countOf, extraOf, secondsOf, wordOf } from './resource-words.js';
import { saying } from './saying.js';
import type { SchedulerKind } from './scheduler-kind.js';
import { readComments, readSlurmHistory, readSqueue } from './slurm-answers.js';
import { readSlurmSubmit } from './slurm-submission.js';
import { makeOutput } from './submit-line.js';

/** A job, a task of an array, or a part of a heterogeneous job. */
const ID = /^\d+(?:[_+]\d+)?$/;

/** Options that hawser gives itself, or that would make another thing of a job: sbatch takes the beginnings of names, too. */
const OWN = [
  ...[
    'array',
    'chdir',
    'clusters',
    'cluster',
    'comment',
    'error',
    'help',
    'job-name',
    'open-mode',
    'output',
    'parsable',
  ],
  ...['quiet', 'test-only', 'usage', 'version', 'wait', 'wrap'],
];

/** The same as letters, which may follow letters without a value. */
const OWN_LETTERS = /^-[HIOskKXv]*[aDehJMoQVW]/;

function isOwn(word: string): boolean {
  const name = /^--([\w-]*)/.exec(word)?.[1];
  return name === undefined ? OWN_LETTERS.test(word) : OWN.some((own) => own.startsWith(name));
}

/**
 * What the user's own settings would leave out of the queue (squeue(1), ENVIRONMENT VARIABLES): a job that is left out would
 * look like one that has ended.
 */
const UNSEEN = ['ACCOUNT', 'ARRAY', 'FORMAT', 'FORMAT2', 'LICENSES', 'NAMES', 'PARTITION', 'QOS', 'STATES', 'USERS']
  .map((name) => `SQUEUE_${name}`)
  .join(' ');

/** Comes before what slurmctld remembers, where there is no accounting. */
const SCONTROL = 'scontrol:';

/**
 * Slurm (sbatch(1) and its kin), from 20.02 on. The queue is asked for all jobs of the user and never for single ids: asked
 * for one that it does not know it says nothing else.
 */
export const slurm: SchedulerKind = {
  name: 'slurm',
  idVariable: 'SLURM_JOB_ID',

  directives(job) {
    const { resources } = job;
    const seconds = secondsOf(job);
    const options: readonly (readonly [string, string | number | undefined])[] = [
      ['nodes', countOf(resources, 'nodes')],
      ['ntasks', countOf(resources, 'tasks')],
      ['ntasks-per-node', countOf(resources, 'tasksPerNode')],
      ['cpus-per-task', countOf(resources, 'cpusPerTask')],
      ['mem', wordOf(resources, 'memory')],
      ['gpus', countOf(resources, 'gpus')],
      ['partition', wordOf(resources, 'queue')],
      ['account', wordOf(resources, 'account')],
      ['qos', wordOf(resources, 'qos')],
      ['time', seconds === undefined ? undefined : clock(seconds)],
    ];
    return options.flatMap(([name, value]) => (value === undefined ? [] : [`#SBATCH --${name}=${value}`]));
  },

  submitLine({ name, token, record, resources, after }) {
    const ids = checkIds('Slurm', ID, after);
    const words = [
      ...extraOf(resources, isOwn),
      '--parsable',
      `--job-name=${name}`,
      `--comment=${token}`,
      // A job whose predecessor has failed would wait for ever.
      ...(ids.length === 0 ? [] : [`--dependency=afterok:${ids.join(':')}`, '--kill-on-invalid-dep=yes']),
      '--open-mode=append',
    ];
    // Slurm reads patterns in the whole path. With one backslash in it, it reads none, and takes the backslashes away.
    const here = "$(pwd | sed 's/[\\\\%]/\\\\&/g')";
    return `${makeOutput(record)}unset SBATCH_ARRAY_INX SBATCH_WAIT; sbatch ${words.map(quote).join(' ')} --output="${here}"/${quote(`${record}/output`)} ${quote(`${record}/script`)}`;
  },

  // Lines of the cluster's own may stand before it.
  idFilter: "sed -n 's/^\\([0-9][0-9]*\\)$/\\1/p; s/^\\([0-9][0-9]*\\);.*$/\\1/p' | tail -n 1",

  readSubmit: readSlurmSubmit,

  queueLine: () => squeue('%i|%T|%V|%S|%e|%B|%r'),
  readQueue: readSqueue,

  historyLine(ids) {
    // A record may hold anything for an id: such a job is not known.
    const jobs = ids.filter((id) => ID.test(id));
    if (jobs.length === 0) return ':';
    const sacct = `sacct -X -n -P -j ${jobs.join(',')} -o JobID,State,ExitCode,Submit,Start,End,NodeList`;
    const scontrol = `echo ${SCONTROL}; for job in ${jobs.join(' ')}; do scontrol show job "$job"; done`;
    return `SLURM_TIME_FORMAT=%s; export SLURM_TIME_FORMAT; ${sacct} || { ${scontrol}; }`;
  },
  readHistory: (answer) => readSlurmHistory(answer, SCONTROL),

  findLine: () => squeue('%i|%k'),
  readFind: readComments,

  cancelLine(id) {
    checkIds('Slurm', ID, [id]);
    return `scancel ${id}`;
  },
  readCancel(answer) {
    if (answer.status === 0 || /already completing or completed|Invalid job id/.test(answer.stderr)) return undefined;
    return saying(answer);
  },

  probeLine: 'sbatch --version && scontrol ping',
  readProbe(answer) {
    const version = /^slurm\S* .*/m.exec(answer.stdout)?.[0];
    if (version === undefined) return { missing: saying(answer) };
    return /\bis UP\b/.test(answer.stdout) ? { version } : { missing: saying(answer) };
  },
};

/** The jobs of the user in a format of squeue's, the finished ones too that slurmctld remembers, of hidden partitions too. */
function squeue(format: string): string {
  return `unset ${UNSEEN}; SLURM_TIME_FORMAT=%s squeue --me -a -h -t all -o '${format}'`;
}

/** A time as Slurm reads it: `DAYS-HOURS:MINUTES:SECONDS`. */
function clock(seconds: number): string {
  const parts = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  return `${Math.floor(seconds / 86_400)}-${parts.map((part) => String(part).padStart(2, '0')).join(':')}`;
}
