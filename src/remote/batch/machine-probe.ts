import { quote } from '../../core/quote.js';

/**
 * Scripts for `askShell` by which a machine is looked at before jobs go there, and readers of what they answer. Each runs
 * in the directory that it is about.
 */

/** Says who one is there, each on a line: the user, the machine's name, the home directory, the login shell. */
export const WHO_SCRIPT = `id -un
uname -n
printf '%s\\n%s\\n' "$HOME" "\${SHELL:--}"
`;

/** What {@link WHO_SCRIPT} answered. */
export interface WhoAnswer {
  readonly user: string;
  readonly host: string;
  readonly home: string;
  readonly shell: string;
}

/** Reads an answer of {@link WHO_SCRIPT}; `undefined` for another. */
export function readWho(stdout: string): WhoAnswer | undefined {
  const [user = '', host = '', home = '', shell = ''] = stdout.split('\n');
  return user === '' || shell === '' ? undefined : { user, host, home, shell };
}

/** Says what time it is, in seconds since 1970 and nanoseconds where date(1) has them (GNU's and the BSDs' newer ones). */
export const CLOCK_SCRIPT = `date +%s.%N 2>/dev/null || date +%s
`;

/** Reads an answer of {@link CLOCK_SCRIPT}, in milliseconds since 1970, and how exact it is; `undefined` for another. */
export function readClock(stdout: string): { readonly at: number; readonly within: number } | undefined {
  const [, seconds, fraction = ''] = /^(\d+)(?:\.(\d{1,9}))?/u.exec(stdout) ?? [];
  if (seconds === undefined) return undefined;
  if (fraction === '') return { at: Number(seconds) * 1000 + 500, within: 500 };
  return { at: Number(seconds) * 1000 + Number(`0.${fraction}`) * 1000, within: 0 };
}

/** Says where it is, makes a file there and removes it, and says what may be written there (df(1), POSIX format). */
export const WORKDIR_SCRIPT = `pwd
probe=.hawser-test-$$
(umask 077; : >"$probe") || exit 1
rm -f "$probe" || exit 1
df -Pk . 2>/dev/null
exit 0
`;

/** What {@link WORKDIR_SCRIPT} answered. */
export interface WorkdirAnswer {
  readonly path: string;
  /** In bytes; `undefined` where df(1) did not tell. */
  readonly free: number | undefined;
  readonly total: number | undefined;
}

/** Reads an answer of {@link WORKDIR_SCRIPT}. */
export function readWorkdirAnswer(stdout: string): WorkdirAnswer {
  const [path = '', ...table] = stdout.split('\n');
  const [, total, free] = /\s(\d+)\s+-?\d+\s+(-?\d+)\s+\d+%\s/u.exec(table.slice(1).join('\n')) ?? [];
  return { path, free: bytes(free), total: bytes(total) };
}

function bytes(kibibytes: string | undefined): number | undefined {
  return kibibytes === undefined ? undefined : Math.max(0, Number(kibibytes)) * 1024;
}

/** Says how many bytes a file in the current directory has. */
export function sizeScript(name: string): string {
  return `wc -c <${quote(name)}\n`;
}
