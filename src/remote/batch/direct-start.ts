import { OptionError } from '../../core/hawser-error.js';
import { quote } from '../../core/quote.js';
import { JOB_VARIABLE, TOKEN_VARIABLE } from './direct-id.js';
import { waitForDirect } from './direct-wait.js';
import { WATCH } from './direct-watch.js';
import { DETACH, IDENTITY } from './far-identity.js';
import { farPath } from './far-path.js';

/** What {@link directSubmit} starts. */
export interface DirectSubmit {
  /** The job's record, relative to the directory in which the line runs, or absolute. */
  readonly record: string;
  readonly token: string;
  /** The longest that it may run, in seconds. Default: as long as it likes. */
  readonly limit?: number | undefined;
  /** How long it has between TERM and KILL when that is over, in milliseconds. Default 30,000. */
  readonly grace?: number;
  /** The records of the jobs whose end it waits for before it becomes its script, by their ids. Default: none. */
  readonly after?: ReadonlyMap<string, string> | undefined;
}

/** {@link directSubmit}'s exit status on a machine where nobody could end the job in time for certain. */
export const NOT_LIMITED = 69;

/**
 * The submit line of `direct`: starts the record's script, with the interpreter of its first line, in a session of its own,
 * and prints its id, `pid:start:boot:host`. It does not wait for the job, which holds nothing of its starter's. The job's
 * output goes to the record's `output`. Status 127 where there is no such interpreter, 73 where there can be no output, and
 * {@link NOT_LIMITED}: then nothing was started.
 */
export function directSubmit({ record, token, limit, grace = 30_000, after = new Map() }: DirectSubmit): string {
  if (!/^[\w.:-]+$/.test(token)) {
    throw new OptionError(`Expected a token of letters, digits, ".", ":" and "-", got ${JSON.stringify(token)}.`);
  }
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit > 0)) {
    throw new OptionError(`Expected \`limit\` to be a positive number of whole seconds, got ${String(limit)}.`);
  }
  const watched = limit === undefined ? '' : `${limit} ${Math.ceil(grace / 100)}`;
  return `hawser_record=${farPath(record)}
hawser_line=
IFS= read -r hawser_line <"$hawser_record/script" || exit 66
case $hawser_line in '#!'*) hawser_line=\${hawser_line#??} ;; *) hawser_line=/bin/sh ;; esac
set -f
set -- $hawser_line
command -v "\${1-}" >/dev/null 2>&1 || { printf 'there is no %s here to run the job\\n' "\${1-}" >&2; exit 127; }
(umask 077; : >>"$hawser_record/output") || exit 73
${watched === '' ? '' : CAN_BE_ENDED}${DETACH}hawser_id=$( (hawser_detach sh -c ${quote(become(watched, after))} ${token} "$hawser_record" "$@" </dev/null &) )
[ -n "$hawser_id" ] || { echo 'the job could not be started' >&2; exit 71; }
printf '%s\\n' "$hawser_id"
`;
}

/* Who does not know when a process began cannot tell it from a stranger of the same number. */
const CAN_BE_ENDED = `(
${IDENTITY}hawser_look $$ && [ "$hawser_began" != - ]
) || {
  echo 'this machine does not tell when a process began, so that none can be ended by its walltime: submit the job without' >&2
  exit ${NOT_LIMITED}
}
`;

/*
 * The new process tells its id itself, and then becomes the script: there is no moment at which it runs and is not known, or
 * is not watched. What is to be seen in its environment it has only once it has become something: so who waits becomes
 * another shell before.
 */
function become(watched: string, after: ReadonlyMap<string, string>): string {
  const watch = `(hawser_detach sh -c ${quote(WATCH)} hawser "$hawser_id" "$hawser_record" ${watched} </dev/null >/dev/null 2>&1 &)\n`;
  const begin = watched === '' ? '' : `${DETACH}${watch}`;
  const tell = `printf '%s\\n' "$hawser_id"\n`;
  const run = `exec "$@" "$hawser_record/script" >>"$hawser_record/output" 2>&1\n`;
  const wait = after.size === 0 ? '' : `hawser_id=$${JOB_VARIABLE} hawser_record=$1\nshift\n${waitForDirect(after)}`;
  return `${IDENTITY}hawser_look $$
hawser_id=$$:$hawser_began:$hawser_boot:$hawser_host
hawser_record=$1
shift
export ${JOB_VARIABLE}="$hawser_id" ${TOKEN_VARIABLE}="$0"
${after.size === 0 ? `${begin}${tell}${run}` : `${tell}exec sh -c ${quote(`${wait}${begin}${run}`)} hawser "$hawser_record" "$@" >/dev/null 2>&1\n`}`;
}
