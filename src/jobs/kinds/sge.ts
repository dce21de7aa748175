import { OptionError } from '../../core/hawser-error.js';
import { quote } from '../../core/quote.js';
import { checkIds, countOf, extraOf, secondsOf, wordOf } from './resource-words.js';
import { saying } from './saying.js';
import type { QueuedJob, SchedulerKind } from './scheduler-kind.js';
import { readContexts, readQacct, readQstat } from './sge-answers.js';
import { readSgeSubmit } from './sge-submission.js';
import { makeOutput } from './submit-line.js';

/** A job, or a task of an array. */
const ID = /^\d+(?:\.\d+)?$/;

/** Options that hawser gives itself, or that would make another thing of a job. */
const OWN = /^-(?:b|C|cwd|e|help|j|N|now|o|pty|S|sync|t|terse|verify|wd)$/;

/** A longer name is of no use to anybody. */
const LONGEST_NAME = 64;

/**
 * Grid Engine (qsub(1) and its kin; SGE 8.1, and what came of it). What differs from others: `memory` asks for a node with that much free; a directory with one of its pseudo
 * variables in its name, such as `$HOME`, is not found by it.
 */
export const sge: SchedulerKind = {
  name: 'sge',
  idVariable: 'JOB_ID',
  waitsForEnd: true,

  directives(job) {
    const { resources } = job;
    const seconds = secondsOf(job);
    const slots = slotsOf(job);
    const memory = wordOf(resources, 'memory');
    const gpus = countOf(resources, 'gpus');
    const queue = wordOf(resources, 'queue');
    const account = wordOf(resources, 'account');
    const options = [
      slots,
      seconds === undefined ? undefined : `-l h_rt=${seconds}`,
      memory === undefined ? undefined : `-l mem_free=${memory}`,
      gpus === undefined ? undefined : `-l gpu=${gpus}`,
      queue === undefined ? undefined : `-q ${queue}`,
      account === undefined ? undefined : `-A ${account}`,
    ];
    return options.flatMap((option) => (option === undefined ? [] : [`#$ ${option}`]));
  },

  submitLine({ name, token, record, resources, after, shebang }) {
    const ids = checkIds('Grid Engine', ID, after);
    const words = [
      ...extraOf(resources, (word) => OWN.test(word)),
      '-terse',
      '-cwd',
      ...['-N', nameOf(name)],
      ...['-ac', `hawser=${token}`],
      ...(ids.length === 0 ? [] : ['-hold_jid', ids.join(',')]),
      ...['-j', 'y', '-o', `${record}/output`],
    ];
    return `${makeOutput(record)}qsub ${words.map(quote).join(' ')} -S ${interpreter(shebang)} ${quote(`${record}/script`)}`;
  },

  // Lines of the cluster's own may stand before it.
  idFilter: "sed -n 's/^\\([0-9][0-9]*\\)$/\\1/p; s/^\\([0-9][0-9]*\\)\\..*$/\\1/p' | tail -n 1",

  readSubmit: readSgeSubmit,

  queueLine: () => 'TZ=UTC0 qstat -u "$(id -un)" -xml',
  readQueue: readQstat,

  historyLine(ids) {
    // A record may hold anything for an id: such a job is not known.
    const jobs = ids.filter((id) => ID.test(id)).map((id) => id.split('.')[0]);
    if (jobs.length === 0) return ':';
    return `for job in ${jobs.join(' ')}; do LC_ALL=C TZ=UTC0 qacct -j "$job"; done`;
  },
  readHistory: readQacct,

  findLine: () => 'qstat -u "$(id -un)" -j \'*\'',
  readFind: readContexts,

  cancelLine(id) {
    checkIds('Grid Engine', ID, [id]);
    const [job = '', task] = id.split('.');
    return task === undefined ? `qdel ${job}` : `qdel ${job} -t ${task}`;
  },
  readCancel(answer) {
    const isOver = /\bdoes not exist\b|\balready in deletion\b/.test(`${answer.stdout}\n${answer.stderr}`);
    return answer.status === 0 || isOver ? undefined : saying(answer);
  },

  probeLine: 'qstat -help 2>&1 | sed -n 1p; qstat -u "$(id -un)" >/dev/null',
  readProbe(answer) {
    const version = answer.stdout.trim().split('\n')[0] ?? '';
    if (answer.status !== 0 || !/^\S*(?:GE|Grid Engine)\b/.test(version)) return { missing: saying(answer) };
    return { version };
  },
};

/** How many slots of a parallel environment the job needs; Grid Engine has them nowhere else. */
function slotsOf({ resources }: QueuedJob): string | undefined {
  const environment = wordOf(resources, 'parallelEnvironment');
  const perNode = countOf(resources, 'tasksPerNode') ?? 1;
  const tasks = countOf(resources, 'tasks') ?? (countOf(resources, 'nodes') ?? 1) * perNode;
  const slots = tasks * (countOf(resources, 'cpusPerTask') ?? 1);
  if (resources.qos !== undefined) {
    throw new OptionError('Grid Engine has no `resources.qos`: leave it away, and say what you need in `extra`.');
  }
  if (environment !== undefined) return `-pe ${environment} ${slots}`;
  if (slots === 1) return undefined;
  throw new OptionError(
    `A job of ${slots} slots needs \`resources.parallelEnvironment\` in Grid Engine: "qconf -spl" lists those that there are.`,
  );
}

/** A name that Grid Engine takes (sge_types(1)): without some characters, and no digit first. */
function nameOf(name: string): string {
  const safe = name.replace(/[^A-Za-z0-9._+-]+/g, '_').slice(0, LONGEST_NAME);
  return /^[A-Za-z_]/.test(safe) ? safe : `_${safe}`;
}

/** The program that reads the script, as a shell word: Grid Engine has one of its own mind unless it is told. */
function interpreter(shebang: string | undefined): string {
  const [, path = '/bin/sh', first] = /^#!\s*(\/\S+)(?:\s+(\S+))?/.exec(shebang ?? '') ?? [];
  if (!path.endsWith('/env') || first === undefined) return quote(path);
  return `"$(command -v ${quote(first)})"`;
}
