import type { Command } from 'commander';
import type { Act, Define } from '../define.js';
import { parseDuration } from '../options/duration.js';
import { read } from '../options/option-parsers.js';
import { defineSubmit } from './define-submit.js';
import type { KnownJobFlags, ListFlags, OutputFlags, ResolveFlags, WaitFlags } from './job-flags.js';
import { addJobOptions, addKnownJobOptions } from './job-options.js';
import { pollInterval } from './poll-interval.js';

const EXAMPLES = `
A job is named by its id, its key, or its directory. It runs on a machine of
hawser machine list, and goes on whatever becomes of this client.

Examples:
  hawser job submit hpc --name relax --directory si/relax -- pw.x -in si.in
  hawser job list --watch
  hawser job wait si/relax && hawser job retrieve si/relax results
`;

const LIST_EXAMPLES = `
Without a machine: all machines that jobs were submitted to from here.
QUEUED: how long it waited; RAN: how long it ran, or has been running.

Examples:
  hawser job list
  hawser job list hpc --active --watch
  hawser job list --json | jq '.jobs[] | select(.state == "failed") | .key'
`;

const STATUS_EXAMPLES = `
Exit status 0 says that every job was found, however it stands.

Examples:
  hawser job status 48213
  hawser job status si/relax -m hpc
  hawser job status 48213 --json | jq -r '.jobs[0].state'
`;

const WAIT_EXAMPLES = `
Exit status 0: all are done; 1: one failed, was cancelled or lost, or its time
was up; also where --timeout passes first. Ctrl-C ends the waiting, not the job.

Examples:
  hawser job wait 48213
  hawser job wait si/relax si/bands --timeout 12h
  hawser job wait 48213 --json | jq '.jobs[0].exitStatus'
`;

const OUTPUT_EXAMPLES = `
What the job has printed so far, on stdout and stderr.

Examples:
  hawser job output 48213
  hawser job output -f si/relax          follow it until the job ends
  hawser job output 48213 | grep '^!'
`;

const CANCEL_EXAMPLES = `
Examples:
  hawser job cancel 48213
  hawser job cancel si/relax -m hpc
  hawser job cancel 48213 48214 48215
`;

const RETRIEVE_EXAMPLES = `
The files that --output chose when it was submitted, else all but its inputs, go
to a local directory, by default the one that has the job's name for its own.
Those that are here with the same content are not fetched again.

Examples:
  hawser job retrieve 48213
  hawser job retrieve si/relax results/si
  hawser job retrieve 48213 . --json
`;

const RESOLVE_EXAMPLES = `
For a job that is submit-unknown: the answer of its scheduler was lost, and none
was found with it. Look into the queue yourself, then say what you saw.

Examples:
  hawser job resolve si-relax-8                    look once more
  hawser job resolve si-relax-8 --submitted 48214
  hawser job resolve si-relax-8 --again            it is not there: submit it
`;

/** Defines `hawser job`. */
export const defineJob: Define = (program, act) => {
  const job = program
    .command('job')
    .description('Submit jobs to machines, and see to them')
    .helpCommand(false)
    .addHelpText('after', EXAMPLES);
  defineSubmit(job, act);
  defineList(job, act);
  defineStatus(job, act);
  defineWait(job, act);
  defineOutput(job, act);
  defineCancel(job, act);
  defineRetrieve(job, act);
  defineResolve(job, act);
};

function defineList(job: Command, act: Act): void {
  const command = job
    .command('list')
    .description('List jobs, and how they stand')
    .argument('[machine]')
    .option('--active', 'only those that have not ended')
    .option('-w, --watch', 'go on, and show what changes')
    .option('--interval <time>', 'between two looks: 5s or more (direct: 5s, else 30s)', read(pollInterval))
    .addHelpText('after', LIST_EXAMPLES);
  addJobOptions(command);
  command.action(async (machine: string | undefined, flags: ListFlags) =>
    act(flags, async (context) => (await import('./list-jobs.js')).listJobs(machine, flags, context)),
  );
}

function defineStatus(job: Command, act: Act): void {
  const command = job
    .command('status')
    .description('Say how jobs stand')
    .argument('<job...>', 'ids, keys or directories')
    .addHelpText('after', STATUS_EXAMPLES);
  addKnownJobOptions(command);
  command.action(async (names: string[], flags: KnownJobFlags) =>
    act(flags, async (context) => (await import('./show-status.js')).showStatus(names, flags, context)),
  );
}

function defineWait(job: Command, act: Act): void {
  const command = job
    .command('wait')
    .description('Wait until jobs have ended')
    .argument('<job...>', 'ids, keys or directories')
    .option('--timeout <time>', 'the longest to wait: 10m, 2h', read(parseDuration))
    .option('--interval <time>', 'between two looks: 5s or more (direct: 5s, else 30s)', read(pollInterval))
    .addHelpText('after', WAIT_EXAMPLES);
  addKnownJobOptions(command);
  command.action(async (names: string[], flags: WaitFlags) =>
    act(flags, async (context) => (await import('./wait-jobs.js')).waitForJobs(names, flags, context)),
  );
}

function defineOutput(job: Command, act: Act): void {
  const command = job
    .command('output')
    .description('Show what a job has printed')
    .argument('<job>', 'its id, key or directory')
    .option('-f, --follow', 'go on until it ends')
    .option('--raw', 'let control characters through to the terminal')
    .addHelpText('after', OUTPUT_EXAMPLES);
  addKnownJobOptions(command);
  command.action(async (name: string, flags: OutputFlags) =>
    act(flags, async (context) => (await import('./job-output.js')).showOutput(name, flags, context)),
  );
}

function defineCancel(job: Command, act: Act): void {
  const command = job
    .command('cancel')
    .description('End jobs, or take them out of the queue')
    .argument('<job...>', 'ids, keys or directories')
    .addHelpText('after', CANCEL_EXAMPLES);
  addKnownJobOptions(command);
  command.action(async (names: string[], flags: KnownJobFlags) =>
    act(flags, async (context) => (await import('./cancel-jobs.js')).cancelJobs(names, flags, context)),
  );
}

function defineRetrieve(job: Command, act: Act): void {
  const command = job
    .command('retrieve')
    .description('Fetch what a job has made')
    .argument('<job>', 'its id, key or directory')
    .argument('[to]', 'a directory here')
    .addHelpText('after', RETRIEVE_EXAMPLES);
  addKnownJobOptions(command);
  command.action(async (name: string, to: string | undefined, flags: KnownJobFlags) =>
    act(flags, async (context) => (await import('./retrieve-job.js')).retrieveJob(name, to, flags, context)),
  );
}

function defineResolve(job: Command, act: Act): void {
  const command = job
    .command('resolve')
    .description('Say what became of a submission that nobody can tell of')
    .argument('<key>', 'the key of the job')
    .option('--submitted <id>', 'the scheduler has it, under this id')
    .option('--again', 'the scheduler does not have it: submit it again')
    .addHelpText('after', RESOLVE_EXAMPLES);
  addKnownJobOptions(command);
  command.action(async (key: string, flags: ResolveFlags) =>
    act(flags, async (context) => (await import('./resolve-job.js')).resolveJob(key, flags, context)),
  );
}
