import { cannotWrite, whyUnwritable } from './why-unwritable.js';

/** Writes to stdout what needs no more of a command line than that: a version, help. */
export function print(text: string): void {
  if (!process.stdout.listeners('error').includes(tell)) process.stdout.on('error', tell);
  process.stdout.write(text);
}

function tell(error: NodeJS.ErrnoException): void {
  const why = whyUnwritable(error);
  if (why === undefined) return;
  process.exitCode = 1;
  process.stderr.write(cannotWrite(why));
}
