import { type Abortable, abortReason, onAbort } from '../../core/abort.js';
import { AbortError } from '../../core/errors.js';
import type { Tailer } from '../../remote/tail/tailer.js';
import { outputPath } from './output.js';
import type { StagingPlace } from './staging-place.js';

/** Options of {@link tailOutput}. */
export interface TailOutputOptions extends Abortable {
  /** Settles once the job has ended. A failure is thrown once all that was printed by then has been given. */
  readonly ended: Promise<unknown>;
  /** How long to wait between two looks at output that has not grown, in milliseconds. Default 500. */
  readonly pollInterval?: number;
}

/**
 * The lines that a job prints, from its first one on, as many at a time as have come, until it has ended. It need not have begun. A last line
 * without an end comes as it is, and one of more than 1 MiB in pieces. Goes on over a lost link. Whoever leaves the loop closes it.
 *
 * @throws as a `Tailer` does, and what `ended` fails with.
 */
export async function* tailOutput(
  place: StagingPlace,
  { ended, pollInterval, signal }: TailOutputOptions,
): AsyncGenerator<readonly string[], void, undefined> {
  const { key } = place.directory;
  const over = new AbortController();
  const stop = (): void => over.abort(new AbortError(`The job on ${key} has ended.`, { host: key }));
  ended.then(stop, stop);
  const forget = onAbort(signal, stop);
  try {
    await using tail = await place.directory.tail(outputPath(place), {
      from: 'start',
      missing: 'wait',
      maxContents: 0,
      ...(pollInterval === undefined ? {} : { pollInterval }),
      signal,
    });
    while (await comesLine(tail, over.signal)) yield linesThere(tail);
    if (signal?.aborted) throw abortReason(signal, `following the output of a job`, key);
    while (await tail.hasLine({ signal })) yield linesThere(tail);
    const rest = await tail.read();
    if (rest !== '') yield [rest];
    await ended;
  } finally {
    forget();
  }
}

/** The lines that have been read: to wait for each of them by itself would take longer than to read them. */
function linesThere(tail: Tailer): readonly string[] {
  const lines: string[] = [];
  for (let line = tail.takeLine(); line !== undefined; line = tail.takeLine()) lines.push(line);
  return lines;
}

/** Waits for a whole line, but no longer than the job lasts. */
async function comesLine(tail: Tailer, over: AbortSignal): Promise<boolean> {
  if (over.aborted) return false;
  try {
    return await tail.ready({ signal: over });
  } catch (error) {
    if (over.aborted) return false;
    throw error;
  }
}
