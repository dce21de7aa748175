import { readFile } from 'node:fs/promises';
import { isDebugLogAsked, startDebugLog } from '../core/debug-log.js';
import { AbortError } from '../core/errors.js';
import { HawserError, OptionError, ParseError } from '../core/hawser-error.js';
import { visible } from '../core/visible.js';
import { Context } from './context.js';
import type { TerminalFlags } from './options/terminal-options.js';
import { cannotWrite } from './terminal/why-unwritable.js';
import { withoutPlace } from './terminal/without-place.js';

/** The work of a command: returns its exit status. */
export type Work = (context: Context) => Promise<number>;

/** Does the work of a command, tells what it throws, and sets the exit status of the process. */
export async function act(flags: TerminalFlags, work: Work): Promise<void> {
  const context = new Context();
  const debug = isDebugLogAsked();
  const verbose = flags.verbose === true || debug;
  // With HAWSER_DEBUG the library writes the same by itself.
  if (verbose && !debug) {
    startDebugLog((line) => context.output.note(line));
  }
  await actIn(context, verbose, work);
}

/** As {@link act}, for the caller that a context is of. */
export async function actIn(context: Context, verbose: boolean, work: Work): Promise<void> {
  const { caller, output } = context;
  try {
    caller.exitCode = await work(context);
  } catch (error) {
    caller.exitCode = statusOf(error);
    output.note(await messageFor(error, verbose));
  }
  await output.finish();
  const { failure } = output;
  if (failure === undefined) return;
  caller.exitCode = 1;
  output.note(cannotWrite(failure));
  await output.finish();
}

function statusOf(error: unknown): number {
  if (error instanceof OptionError || error instanceof ParseError) return 2;
  return error instanceof AbortError ? 130 : 1;
}

/** What to say of an error: one line for what may happen, and where to tell us of what should not have. */
async function messageFor(error: unknown, verbose: boolean): Promise<string> {
  if (error instanceof HawserError) return `hawser: ${visible(withoutPlace(error))}\n`;
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const line = stack.split('\n')[0] ?? '';
  const more = verbose ? `${visible(stack)}\n` : 'Say --verbose to see where. ';
  return `hawser: this is a bug of hawser's: ${visible(line)}\n${more}Please report it ${await bugTracker()}\n`;
}

/** Where package.json says that bugs go. */
async function bugTracker(): Promise<string> {
  const { bugs }: { bugs?: { url?: unknown } } = JSON.parse(
    await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  return typeof bugs?.url === 'string' ? `at ${bugs.url}` : 'to those who gave you hawser.';
}
