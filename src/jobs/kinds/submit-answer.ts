/** The status of a shell that did not find the program (POSIX.1-2017, Shell Command Language, §2.8.2): nothing was done. */
export const NO_PROGRAM = 127;

/** The id in the last line that is one, by a pattern whose first group it is; `undefined` where there is none. */
export function lastId(stdout: string, pattern: RegExp): string | undefined {
  const line = stdout.split('\n').findLast((one) => pattern.test(one.trim()));
  return line === undefined ? undefined : pattern.exec(line.trim())?.[1];
}

/** As much of a complaint as is looked through, from its end, in UTF-16 code units: rubbish may be of any length. */
export const LONGEST_COMPLAINT = 10_000;
