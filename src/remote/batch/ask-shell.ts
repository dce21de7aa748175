import { randomUUID } from 'node:crypto';
import type { Abortable } from '../../core/abort.js';
import type { CommandResult } from '../../core/command-result.js';
import { defined } from '../../core/defined.js';
import { CommandError } from '../../core/errors.js';
import { quote } from '../../core/quote.js';
import { visible } from '../../core/visible.js';
import { bytesFromName, nameFromBytes } from '../files/names.js';
import type { ExecuteOptions } from '../process/options.js';

/** What runs commands: a `Connection`, or a directory of one (then scripts run in that directory). */
export interface ShellPlace {
  execute(command: string, o: ExecuteOptions & { encoding: 'buffer' }): Promise<CommandResult<Buffer>>;
}

/** Options of {@link askShell}. */
export interface AskShellOptions extends Abortable {
  /** Where the script runs: a leading `~` is the far home. Default: where the place runs commands. */
  readonly cwd?: string;
  /** In milliseconds; past it the script is ended and `TimeoutError` is thrown. Default: none. */
  readonly timeout?: number;
}

/** What a script answered. Bytes that are no UTF-8 are kept as in file names (see `nameFromBytes`). */
export interface ShellAnswer {
  /** The script's exit status; `null` where its shell was ended from outside, so that it is not known. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The most that is kept of each stream, in bytes: records of a thousand jobs fit. */
const MOST = 64 * 1024 * 1024;

/**
 * Runs a script in the machine's `sh` (POSIX.1-2017), whatever the login shell is, and gives its own answer: what start-up
 * files print, before and after, is left out. The script may be of any length; it reads nothing from stdin, and its `exit`
 * ends only itself.
 *
 * Throws `CommandError` where no such shell answered, `OptionError` for a script with a NUL, and what `execute` throws.
 */
export async function askShell(place: ShellPlace, script: string, o: AskShellOptions = {}): Promise<ShellAnswer> {
  const mark = randomUUID();
  const result = await place.execute('exec sh -s', {
    encoding: 'buffer',
    input: bytesFromName(framed(script, mark)),
    maxBuffer: MOST,
    signal: o.signal,
    ...defined({ cwd: o.cwd, timeout: o.timeout }),
  });
  const stdout = between(result.stdout, mark);
  const stderr = between(result.stderr, mark);
  if (stdout === undefined || stderr === undefined) throw noAnswer(result);
  return {
    status: /^\d+$/.test(stdout.status) ? Number(stdout.status) : null,
    stdout: nameFromBytes(stdout.text),
    stderr: nameFromBytes(stderr.text),
  };
}

/**
 * The script as one word that a subshell reads: the shell that reads stdin has all of it before any of it runs, so that
 * nothing of it can be eaten, and a link that breaks half-way runs nothing.
 */
function framed(script: string, mark: string): string {
  return `hawser_script=${quote(script)}
printf '%s\\n' ${mark}
printf '%s\\n' ${mark} >&2
(eval "unset hawser_script; $hawser_script") </dev/null
hawser_status=$?
printf '%s ' ${mark} >&2
printf '%s %s\\n' ${mark} "$hawser_status"
`;
}

interface Part {
  readonly text: Buffer;
  /** What follows the second mark, up to the end of the line. */
  readonly status: string;
}

function between(bytes: Buffer, mark: string): Part | undefined {
  const begin = bytes.indexOf(`${mark}\n`);
  if (begin === -1) return undefined;
  const from = begin + mark.length + 1;
  const end = bytes.indexOf(`${mark} `, from);
  if (end === -1) return { text: bytes.subarray(from), status: '' };
  const status = bytes.toString('latin1', end + mark.length + 1, end + mark.length + 5).split('\n')[0] ?? '';
  return { text: bytes.subarray(from, end), status };
}

function noAnswer(result: CommandResult<Buffer>): CommandError {
  const words = visible(result.stderr.toString().trim().split('\n').at(-1) ?? '').slice(0, 200);
  return new CommandError(
    `Could not run a script on ${result.key}: its sh gave no answer${words === '' ? '' : ` (${words})`}. ` +
      'Jobs need a machine with a POSIX shell: log in by hand and see what `sh` does there.',
    result,
    { host: result.host, key: result.key },
  );
}
