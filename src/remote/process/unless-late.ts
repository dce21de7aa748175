import { abortReason, neverAborted, onAbort } from '../../core/abort.js';
import type { ExecChannel } from '../../transport/contract.js';

/** How long a channel that was asked for before the abort is waited for, so that what it runs can be ended. */
const LATE_CHANNEL = 2000;

/** The channel of a command, once it has opened. After the abort it is waited for a little longer; then it is closed as it comes. */
export function unlessLate(opening: Promise<ExecChannel>, signal: AbortSignal, key: string): Promise<ExecChannel> {
  if (signal === neverAborted) return opening;
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    let given = true;
    const stop = onAbort(signal, () => {
      timer = setTimeout(() => {
        given = false;
        reject(abortReason(signal, `starting a command on ${key}`, key));
      }, LATE_CHANNEL);
    });
    const over = (): void => {
      clearTimeout(timer);
      stop();
    };
    opening.then(
      (channel) => {
        over();
        if (given) resolve(channel);
        else discard(channel);
      },
      (error: unknown) => {
        over();
        reject(error);
      },
    );
  });
}

function discard(channel: ExecChannel): void {
  channel.stdout.resume();
  channel.stderr.resume();
  channel.close();
}
