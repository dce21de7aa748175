import { OptionError } from '../../core/hawser-error.js';
import type { Context } from '../context.js';
import { makeFleet } from '../options/make-fleet.js';
import { counted, oneLine } from '../terminal/text.js';
import type { RunFlags } from './run-flags.js';
import { runOn } from './run-on.js';

/**
 * `hawser run`: the words are one line for the remote shell, as with ssh(1).
 *
 * @returns the exit status.
 * @throws OptionError, ParseError for what cannot be meant; AbortError for a question that was not answered.
 */
export async function run(words: readonly string[], flags: RunFlags, context: Context): Promise<number> {
  const command = words.length === 0 ? undefined : words.join(' ');
  if (flags.retryFailed !== undefined) return runAgain(command, flags, context);
  if (command === undefined) throw new OptionError('Expected a command: hawser run -H HOSTS -- COMMAND');
  await using fleet = await makeFleet(flags, context);
  return await runOn(fleet, command, flags, context);
}

/** Runs on the hosts that failed in an earlier run. */
async function runAgain(words: string | undefined, given: RunFlags, context: Context): Promise<number> {
  const { retryOf } = await import('../runs/retry.js');
  const { id, keys, command, flags } = await retryOf(words, given, context);
  if (keys.length === 0) {
    context.output.note(`No host failed in run ${id}: nothing to do.\n`);
    return 0;
  }
  if (flags.quiet !== true) {
    context.output.note(`Again, of run ${id}, on ${counted(keys.length, 'host')}: ${oneLine(command)}\n`);
  }
  await using fleet = await makeFleet(flags, context, keys);
  return await runOn(fleet, command, flags, context);
}
