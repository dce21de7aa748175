import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Abortable } from '../../core/abort.js';
import { ConnectError } from '../../core/errors.js';
import { OptionError } from '../../core/hawser-error.js';
import { isSecretName } from '../../core/secret-name.js';
import { startDetached } from '../../transport/local/start-detached.js';

/** The program of the background process, unless another one is named. */
const PROGRAM = new URL('./main.js', import.meta.url);
/** How long it may take until it listens, in milliseconds: loading it on a machine that is busy takes seconds. */
const PATIENCE = 30_000;

/** What the program says when it listens, or why it does not. */
export interface StartReport {
  readonly failed?: { readonly code: string; readonly message: string };
}

/**
 * Starts a broker as a process of its own that listens at `socket`. It has this process's environment, as an agent or a
 * master connection of ssh has that of who started it, but for what is called like a secret.
 *
 * @param idleTimeout in milliseconds.
 * @throws ConnectError where it cannot be started; OptionError where its socket cannot be there; AbortError.
 */
export async function startInBackground(
  socket: string,
  idleTimeout: number,
  { program = PROGRAM, signal }: Abortable & { readonly program?: URL | undefined } = {},
): Promise<void> {
  const entries = Object.entries(process.env).filter(([name]) => name !== 'HAWSER_DEBUG' && !isSecretName(name));
  const log = process.env['HAWSER_SESSION_LOG'];
  const env = { ...Object.fromEntries(entries), ...(log ? { HAWSER_SESSION_LOG: resolve(log) } : {}) };
  const args = [socket, String(idleTimeout)];
  const said = await startDetached(fileURLToPath(program), args, { env, timeout: PATIENCE, signal });
  if (said === '') throw new ConnectError('session', 'Cannot start a session broker: it ended at once.');
  const { failed }: StartReport = JSON.parse(said);
  if (failed === undefined) return;
  if (failed.code === 'ERR_HAWSER_OPTION') throw new OptionError(failed.message);
  const isWhole = failed.code === 'ERR_HAWSER_CONNECT';
  throw new ConnectError('session', isWhole ? failed.message : `Cannot start a session broker: ${failed.message}`);
}
