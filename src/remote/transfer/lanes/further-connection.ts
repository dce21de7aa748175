import { CallScope, Deadline } from '../../../core/deadline.js';
import { ConnectTrace } from '../../../core/diagnostics.js';
import { ClosedError, TimeoutError } from '../../../core/errors.js';
import { closeInTime } from '../../../transport/close-in-time.js';
import type { FileDriver } from '../../files/file-driver.js';
import { openFiles } from '../../files/open-files.js';
import type { End } from '../work.js';

/** How long it may take to stand, in milliseconds. */
const CONNECT_PATIENCE = 10_000;

/**
 * Runs work with the files of a machine over a further connection to it, which is closed afterwards. Nothing is done where
 * there is none to be had, for whatever reason: nobody hears of it.
 */
export async function overFurtherConnection(
  { access, site }: End,
  signal: AbortSignal,
  work: (files: FileDriver) => Promise<void>,
): Promise<void> {
  const transport = site.transport.further?.();
  if (transport === undefined) return;
  const unneeded = new ClosedError(`A further connection to ${access.key} was closed.`, { host: access.host });
  try {
    using scope = new CallScope(signal, CONNECT_PATIENCE, () => tooLong(access.key));
    await transport.connect({
      signal: scope.signal,
      deadline: Deadline.in(CONNECT_PATIENCE),
      trace: new ConnectTrace(access.key),
    });
  } catch {
    return;
  }
  const files = await openFiles({ ...site, transport }, signal).catch(() => undefined);
  try {
    if (files !== undefined) await work(files);
  } finally {
    await files?.close().catch(() => {});
    await closeInTime(transport, unneeded);
  }
}

function tooLong(key: string): TimeoutError {
  return new TimeoutError(`A further connection to ${key} did not stand after ${CONNECT_PATIENCE} ms.`, {
    phase: 'transfer',
    ms: CONNECT_PATIENCE,
  });
}
