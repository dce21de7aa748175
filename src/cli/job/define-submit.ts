import type { Command } from 'commander';
import { OptionError } from '../../core/hawser-error.js';
import { readWalltime } from '../../inventory/machines/walltime.js';
import type { Act } from '../define.js';
import { gather, read, wholeNumber } from '../options/option-parsers.js';
import type { SubmitFlags } from './job-flags.js';
import { addJobOptions } from './job-options.js';

const EXAMPLES = `
Submitted twice with the same key it is one job: after a lost link the same line
says what became of it. The key is made of all that the job is, unless --key
says otherwise. It prints the job's id and its key.

Examples:
  hawser job submit hpc --name relax --directory si/relax --input si.in \\
      --output '*.out' --nodes 2 --time 2h -- pw.x -in si.in
  hawser job submit hpc --directory si/bands --after 48213 -- ./bands.sh
  hawser job submit local --name test --retrieve results -- 'date > now.txt'
`;

/** Defines `hawser job submit`. */
export function defineSubmit(job: Command, act: Act): void {
  const command = job
    .command('submit')
    .description('Submit a job to a machine')
    .argument('<machine>', 'as in hawser machine list')
    .argument('[command...]', 'after --: the command, for a shell of the machine')
    .addHelpText('after', EXAMPLES);
  addJobFlags(command);
  addResources(command);
  command
    .optionsGroup('Then:')
    .option('--wait', 'until it has ended; exit status 0: done')
    .option('--retrieve <directory>', 'wait, then fetch its outputs to that')
    .option('--resubmit', 'though it may be queued: you know that it is not');
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
    .option('--key <key>', 'who it is, in place of all that it is')
    .option('--env <name=value>', 'set a variable; NAME: as it is here (repeatable)', gather)
    .option('--after <id>', 'once that job has ended well (repeatable)', gather);
}

function addResources(command: Command): void {
  command
    .optionsGroup("Resources, instead of the machine's:")
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
