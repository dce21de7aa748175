import type { Readable } from 'node:stream';
import { CallScope } from '../../core/deadline.js';
import { ChannelError, TimeoutError } from '../../core/errors.js';
import { prepareExecute } from '../process/execute.js';
import { checkGoing, type End, type Work } from './work.js';

/** How long a command may take to begin, in milliseconds: the server may have no channel left beside that of the files. */
const PATIENCE = 3000;

/** What a command said. */
export interface BesideResult {
  readonly status: number | null;
  readonly stdout: string;
}

/**
 * Runs a command of ours on a machine whose files are in use meanwhile.
 *
 * @returns `undefined` where it could not begin: no shell, no channel. Throws what ends the transfer or the link.
 */
export async function runBeside(
  work: Work,
  end: End,
  command: string,
  input?: Readable,
): Promise<BesideResult | undefined> {
  if (work.mute.has(end) || !end.site.transport.capabilities.has('exec')) return undefined;
  using scope = new CallScope(work.signal);
  const late = setTimeout(() => scope.abort(noChannel(end)), PATIENCE);
  // The first line says that it has begun.
  const onStdout = (): void => clearTimeout(late);
  const o = { signal: scope.signal, onStdout, ...(input === undefined ? {} : { input }) };
  try {
    const { status, stdout } = await prepareExecute(`echo begun; ${command}`, o)(end.site);
    return { status, stdout: stdout.toString().replace(/^begun\n/, '') };
  } catch (error) {
    checkGoing(work);
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
