import { AbortError } from '../../core/errors.js';
import type { Fleet } from '../../fleet/fleet.js';
import type { MultiTailer } from '../../fleet/tail/multi-tailer.js';
import type { TailOptions } from '../../remote/tail/tail-options.js';
import type { Context } from '../context.js';
import { makeFleet } from '../options/make-fleet.js';
import { trustFlags } from '../run/run-flags.js';
import { Interrupts } from '../terminal/interrupts.js';
import { type TailFlags, tailOptions } from './tail-flags.js';
import { makeTailView, type TailView } from './tail-view.js';

/**
 * `hawser tail`: shows the end of a file of each host, and what is added to it until it is interrupted or no host is left.
 *
 * @returns the exit status.
 * @throws OptionError, ParseError for what cannot be meant; AbortError for a question that was not answered.
 */
export async function tail(file: string, flags: TailFlags, context: Context): Promise<number> {
  const options = tailOptions(flags);
  await using fleet = await makeFleet(flags, context);
  const { output } = context;
  const stop = new AbortController();
  using interrupts = Interrupts.abort(stop, output);
  output.onClosed = () => stop.abort(new AbortError('Nobody reads the output any more.'));
  const view = makeTailView(flags.output, {
    output,
    paints: context.paints(flags),
    keys: [...fleet.keys()],
    raw: flags.raw === true,
    quiet: flags.quiet === true,
    trustFlags: trustFlags(flags),
  });
  try {
    const failed = await follow(
      fleet,
      file,
      { ...options, signal: stop.signal },
      { context, view, once: !flags.follow },
    );
    return interrupts.status ?? (failed > 0 ? 1 : 0);
  } catch (error) {
    // What was printed stays; to be interrupted is how it ends.
    if (!stop.signal.aborted) throw error;
    return interrupts.status ?? 0;
  }
}

interface Showing {
  readonly context: Context;
  readonly view: TailView;
  /** Whether what is there is all that is shown. */
  readonly once: boolean;
}

/** Follows the file until that is over. Returns how many hosts could not be followed to the end. */
async function follow(
  fleet: Fleet,
  file: string,
  options: TailOptions,
  { context, view, once }: Showing,
): Promise<number> {
  await using tailer = await fleet.tail(file, options);
  for (const [key, error] of tailer.failures) view.failed(key, error);
  tailer.on('notice', ({ key, notice }) => view.notice(key, notice));
  tailer.on('failed', ({ key, error }) => {
    if (options.signal?.aborted !== true) view.failed(key, error);
  });
  if (once) {
    await showOnce(tailer, view);
    return tailer.failures.size;
  }
  for await (const { key, line } of tailer) {
    view.line(key, line);
    await context.output.ready();
  }
  return tailer.failures.size;
}

/** Shows what is there, host by host. */
async function showOnce(tailer: MultiTailer, view: TailView): Promise<void> {
  for (const [key, { stdout }] of await tailer.read()) {
    const lines = stdout.split('\n');
    if (lines.at(-1) === '') lines.pop();
    for (const line of lines) view.line(key, line.replace(/\r$/, ''));
  }
}
