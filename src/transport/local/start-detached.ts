import { spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { type Abortable, abortReason, onAbort } from '../../core/abort.js';
import { ChannelError } from '../../core/errors.js';

/** The descriptor on which a program that was started by {@link startDetached} says that it is ready, and closes then. */
export const REPORT_DESCRIPTOR = 3;

/** With what a background process starts. */
export interface StartDetachedOptions extends Abortable {
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How long it may take until it has said that it is ready, in milliseconds. It is killed then. */
  readonly timeout: number;
}

/**
 * Starts a program of ours as a process that outlives this one: in a session of its own, so that it has no controlling
 * terminal and no Ctrl-C reaches it (setsid(2)), in `/`, with its standard streams on `/dev/null`. Resolves to what it
 * says on {@link REPORT_DESCRIPTOR} until it closes that, `''` where it ended without a word.
 *
 * @param file a JavaScript file.
 * @throws ChannelError where it cannot be started, or is not ready in time; AbortError, which leaves it as it is.
 */
export function startDetached(file: string, args: readonly string[], o: StartDetachedOptions): Promise<string> {
  const child = spawn(process.execPath, [file, ...args], {
    cwd: '/',
    env: { ...o.env },
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  child.unref();
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => {
      reject(new ChannelError('request', `Cannot start a background process: ${cause.message}.`, { cause }));
    });
    const report = child.stdio[REPORT_DESCRIPTOR];
    if (!(report instanceof Socket)) return;
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new ChannelError('request', `A background process was not ready within ${o.timeout} ms, and was ended.`));
      report.destroy();
    }, o.timeout);
    const stop = onAbort(o.signal, () => report.destroy());
    let said = '';
    report.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    report
      .on('error', () => {})
      .once('close', () => {
        clearTimeout(timer);
        stop();
        if (o.signal?.aborted) reject(abortReason(o.signal, 'starting a background process'));
        else resolve(said);
      });
  });
}
