import { spawn } from 'node:child_process';
import { constants, type FileHandle, open } from 'node:fs/promises';
import { pause } from '../../core/deadline.js';

/** Between two looks at a terminal, in milliseconds. */
const INTERVAL = 5;
/** How often it is looked at: an ssh that does not switch it within that time never will. */
const LOOKS = 200;

/**
 * Waits until a program has switched its terminal to raw, or `isOver` says that it has ended. What is typed before goes
 * through the terminal of this side, which echoes it, and takes some characters for its own.
 */
export async function untilRaw(device: string, isOver: () => boolean): Promise<void> {
  const terminal = await open(device, constants.O_RDWR | constants.O_NOCTTY).catch(() => undefined);
  if (terminal === undefined) return;
  try {
    for (let look = 0; look < LOOKS && !isOver(); look += 1) {
      if (await isRaw(terminal)) return;
      await pause(INTERVAL);
    }
  } finally {
    await terminal.close();
  }
}

/** Asks stty(1), whose standard input is the terminal that it speaks of. */
function isRaw(terminal: FileHandle): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn('stty', ['-a'], { stdio: [terminal.fd, 'pipe', 'ignore'] });
    let said = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    // Without stty there is nothing to go by.
    child.once('error', () => resolve(true));
    child.once('close', () => resolve(/(?:^|\s)-icanon\b/.test(said)));
  });
}
