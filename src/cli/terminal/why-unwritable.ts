import { getSystemErrorMap } from 'node:util';

/** Why a stream could not be written to, in the system's words; `undefined` where its reader has gone, which is no error. */
export function whyUnwritable({ code, errno, message }: NodeJS.ErrnoException): string | undefined {
  if (code === 'EPIPE') return undefined;
  return (errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1]) ?? message;
}

/** What is said on stderr of it. */
export function cannotWrite(why: string): string {
  return `hawser: cannot write the output: ${why}\n`;
}
