import { OptionError } from '../../core/hawser-error.js';
import type { Context } from '../context.js';
import type { RunFlags } from '../run/run-flags.js';
import { oneLine } from '../terminal/text.js';
import { readFlags } from './read-flags.js';
import type { RunRecord } from './run-record.js';
import { RunStore, runsDirectory } from './run-store.js';

/** What to run again. */
export interface Retry {
  readonly id: string;
  /** The hosts that failed, in the order of the fleet; perhaps none. */
  readonly keys: readonly string[];
  readonly command: string;
  readonly flags: RunFlags;
}

/**
 * The run of `--retry-failed`: the hosts that did not succeed, reached as before. Without a command of its own it is the
 * same command, run and paced in the same way. A flag that is given again wins over the one that was kept.
 *
 * @throws OptionError for hosts beside it, and for a run that is not kept or does not have what is needed.
 */
export async function retryOf(command: string | undefined, flags: RunFlags, context: Context): Promise<Retry> {
  const { hosts, hostsFile, group, exclude, retryFailed } = flags;
  if ([hosts, hostsFile, group, exclude].some((flag) => flag !== undefined)) {
    throw new OptionError('Expected no hosts beside --retry-failed: it takes those that failed.');
  }
  const id = typeof retryFailed === 'string' ? retryFailed : undefined;
  const { run: record, faults } = await new RunStore(runsDirectory(context.env)).find(id);
  // One of them may have been the last run.
  if (id === undefined) for (const fault of faults) context.output.note(`hawser: ${oneLine(fault)}\n`);
  const kept = command === undefined ? [...record.reach, ...record.how] : record.reach;
  return {
    id: record.id,
    keys: record.hosts.filter(({ ok }) => !ok).map(({ key }) => key),
    command: command ?? sameCommand(record, flags),
    flags: { ...keptFlags(kept, record), ...flags },
  };
}

/** The command of a run. What was not kept of it has to be given again. */
function sameCommand({ id, command, env, stdin }: RunRecord, flags: RunFlags): string {
  if (command === null) {
    throw new OptionError(`The command of run ${id} looked as if it held a secret and was not kept: give it again.`);
  }
  const given = (flags.env ?? []).map((text) => text.split('=')[0]);
  const missing = env.filter((name) => !given.includes(name));
  if (missing.length > 0) {
    throw new OptionError(
      `The values of --env are not kept: give ${missing.map((name) => `--env ${name}=…`).join(' ')} again, as in run ${id}.`,
    );
  }
  if (stdin && flags.stdin !== true) {
    throw new OptionError(`What run ${id} read from stdin is not kept: give it again with --stdin.`);
  }
  return command;
}

function keptFlags(words: readonly string[], { id }: RunRecord): Partial<RunFlags> {
  try {
    return readFlags(words);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new OptionError(`Cannot read the flags of run ${id}: ${why}`, { cause: error });
  }
}
