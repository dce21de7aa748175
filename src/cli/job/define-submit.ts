import type { Command, Option } from 'commander';
import { OptionError } from '../../core/hawser-error.js';
import { readWalltime } from '../../inventory/machines/walltime.js';
import type { Act } from '../define.js';
import { gather, read, wholeNumber } from '../options/option-parsers.js';
import type { SubmitFlags } from './job-flags.js';
import { addJobOptions } from './job-options.js';

/** The resources have so many options that they share lines of the help. */
const MORE = `
Resources, instead of the machine's:
      --nodes <n>             --tasks <n>, in all     --tasks-per-node <n>
      --cpus <n>, of a task   --gpus <n>, of a node   --memory <size>, of a node
      --queue <name>          --account <name>        --time 90m|12h|1-12:00:00
      --option <word>         of the scheduler's own (repeatable)

The same words again are the same job: after a lost link they say what became of
it. It prints the job's id and its key.

Examples:
  hawser job submit hpc --directory si/relax --input si.in --output '*.out' \\
      --nodes 2 --time 2h -- pw.x -in si.in
  hawser job submit hpc --directory si/bands --after 48213 -- ./bands.sh
  hawser job submit local --name test --retrieve results -- 'date > now.txt'
`;

const RESOURCES: ReadonlySet<string | undefined> = new Set([
  '--nodes',
  '--tasks',
  '--tasks-per-node',
  '--cpus',
  '--memory',
  '--gpus',
  '--queue',
  '--account',
  '--time',
  '--option',
]);

/** Defines `hawser job submit`. */
export function defineSubmit(job: Command, act: Act): void {
  const command = job
    .command('submit')
    .usage('[options] <machine> -- <command...>')
    .description('Submit a job to a machine of hawser machine list: a command for a shell there')
    .argument('<machine>')
    .argument('[command...]')
    .addHelpText('after', MORE);
  const visibleOptions = ({ options }: Command): Option[] =>
    options.filter(({ hidden, long }) => !hidden && !RESOURCES.has(long));
  command.configureHelp({ ...command.configureHelp(), visibleOptions });
  addJobFlags(command);
  addResources(command);
  addJobOptions(command);
  command.action(async (machine: string, words: string[], flags: SubmitFlags) =>
    act(flags, async (context) => (await import('./submit-job.js')).submitJob(machine, words, flags, context)),
  );
}

function addJobFlags(command: Command): void {
  command
    .optionsGroup('The job:')
    .option('--name <name>', 'in the queue (default: the end of --directory)')
    .option('--directory <path>', "below the machine's workdir (default: the name)")
    .option('--input <path[=name]>', 'a file or directory to put there (repeatable)', gather)
    .option('--output <glob>', 'what to fetch later (all but inputs; repeatable)', gather)
    .option('--key <key>', 'who it is (default: made of all that it is)')
    .option('--env <name=value>', 'set a variable; NAME: as it is here (repeatable)', gather)
    .option('--after <id>', 'once that job has ended well (repeatable)', gather)
    .option('--wait', 'until it has ended; exit status 0: done')
    .option('--retrieve <directory>', 'wait, then fetch its outputs to that')
    .option('--resubmit', 'though it may be queued: you know that it is not');
}

function addResources(command: Command): void {
  command
    .option('--nodes <n>', 'how many', wholeNumber(1))
    .option('--tasks <n>', 'processes in all', wholeNumber(1))
    .option('--tasks-per-node <n>', 'of them on each node', wholeNumber(1))
    .option('--cpus <n>', 'of each process', wholeNumber(1))
    .option('--memory <size>', 'of each node: 4G')
    .option('--gpus <n>', 'of each node', wholeNumber(0))
    .option('--queue <name>', 'partition or queue')
    .option('--account <name>', 'who pays')
    .option('--time <time>', 'the longest that it may run: 90m, 12h, 1-12:00:00', read(walltime))
    .option('--option <word>', "an option of the scheduler's own (repeatable)", gather);
}

function walltime(text: string): number {
  const ms = readWalltime(text);
  if (ms !== undefined) return ms;
  throw new OptionError(
    `Expected a time with its unit, such as 90m, 12h, 02:30:00 or 1-12:00:00, got ${JSON.stringify(text)}.`,
  );
}
