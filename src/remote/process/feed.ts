import { Readable } from 'node:stream';
import type { RunningCommand } from './running-command.js';

/** End of input for a terminal: it has no other (termios(3), VEOF). At the start of a line once is enough. */
const EOT = '\x04';

/**
 * Gives a command its input and then the end of it. `failed` hears of an input that breaks; a command that ends without
 * reading all of it is fine.
 */
export function feed(
  running: RunningCommand,
  input: string | Uint8Array | Readable | undefined,
  onTerminal: boolean,
  failed: (error: unknown) => void,
): void {
  if (running.readsAtOnce) start(running, input, onTerminal, failed);
  else void running.started.then(() => start(running, input, onTerminal, failed));
}

function start(
  { channel }: RunningCommand,
  input: string | Uint8Array | Readable | undefined,
  onTerminal: boolean,
  failed: (error: unknown) => void,
): void {
  const { stdin } = channel;
  if (input instanceof Readable) {
    const stop = (): void => {
      input.unpipe(stdin);
      input.off('error', failed);
    };
    input.once('error', failed);
    input.pipe(stdin, { end: !onTerminal });
    if (onTerminal) input.once('end', () => stdin.write(`\n${EOT}`));
    channel.exited.then(stop, stop);
    return;
  }
  if (!onTerminal) {
    if (input === undefined) stdin.end();
    else stdin.end(input);
    return;
  }
  const bytes = Buffer.from(input ?? '');
  const lineIsOpen = bytes.length > 0 && bytes.at(-1) !== 0x0a;
  stdin.write(Buffer.concat([bytes, Buffer.from(lineIsOpen ? EOT + EOT : EOT)]));
}
