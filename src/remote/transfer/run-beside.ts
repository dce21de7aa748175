import type { Readable } from 'node:stream';
import { CallScope } from '../../core/deadline.js';
import { AbortError, ChannelError, TimeoutError } from '../../core/errors.js';
import { prepareExecute } from '../process/execute.js';
import { checkGoing, type End, type Work } from './work.js';

/** How long a command may take to begin, in milliseconds: the server may have no channel left beside that of the files. */
const PATIENCE = 3000;

/** What a command is given, and where its output goes. */
export interface BesideOptions {
  readonly input?: Readable;
  /** Gets what the command writes as it comes, in place of `stdout`. `false` ends the command. */
  readonly output?: (chunk: Buffer) => boolean;
}

/** What a command said. */
export interface BesideResult {
  /** `null` where it did not come to an end by itself. */
  readonly status: number | null;
  readonly stdout: string;
}

/** The first line that a command writes, which says that it has begun. */
const BEGUN = Buffer.from('begun\n');

/**
 * Runs a command of ours on a machine whose files are in use meanwhile.
 *
 * @returns `undefined` where it could not begin: no shell, no channel. Throws what ends the transfer or the link.
 */
export async function runBeside(
  work: Work,
  end: End,
  command: string,
  { input, output }: BesideOptions = {},
): Promise<BesideResult | undefined> {
  if (work.mute.has(end) || !end.site.transport.capabilities.has('exec')) return undefined;
  using scope = new CallScope(work.signal);
  const late = setTimeout(() => scope.abort(noChannel(end)), PATIENCE);
  let begun = 0;
  let enough = false;
  const onStdout = (chunk: Buffer): void => {
    clearTimeout(late);
    const head = Math.min(BEGUN.length - begun, chunk.length);
    begun += head;
    if (output === undefined || enough || head === chunk.length || output(chunk.subarray(head))) return;
    enough = true;
    scope.abort(new AbortError(`What a command on ${end.access.key} wrote is of no use.`, { host: end.access.host }));
  };
  const o = {
    signal: scope.signal,
    onStdout,
    ...(input === undefined ? {} : { input }),
    ...(output === undefined ? {} : { maxBuffer: 0 }),
  };
  try {
    const { status, stdout } = await prepareExecute(`echo begun; ${command}`, o)(end.site);
    return { status, stdout: stdout.toString().replace(/^begun\n/, '') };
  } catch (error) {
    checkGoing(work);
    if (enough) return { status: null, stdout: '' };
    if (!(error instanceof ChannelError || error instanceof TimeoutError)) throw error;
    work.mute.add(end);
    return undefined;
  } finally {
    clearTimeout(late);
    input?.destroy();
  }
}

function noChannel({ access }: End): TimeoutError {
  return new TimeoutError(`No channel to ${access.key} was free within ${PATIENCE} ms.`, {
    phase: 'transfer',
    ms: PATIENCE,
    host: access.host,
  });
}
