import { OptionError } from '../../core/hawser-error.js';
import { quote } from '../../core/quote.js';
import { DETACH, IDENTITY } from './far-identity.js';
import { farPath } from './far-path.js';

/** By which all that a job of `direct` has started is found again, also what has left its process group. */
export const JOB_VARIABLE = 'HAWSER_JOB_ID';
/** By which a job is found whose id got lost. */
export const TOKEN_VARIABLE = 'HAWSER_TOKEN';

/** What {@link directSubmit} starts. */
export interface DirectSubmit {
  /** The job's record, relative to the directory in which the line runs, or absolute. */
  readonly record: string;
  readonly token: string;
}

/**
 * The submit line of `direct`: starts the record's script, with the interpreter of its first line, in a session of its own,
 * and prints its id, `pid:start:boot:host`. It does not wait for the job, which holds nothing of its starter's. The job's
 * output goes to the record's `output`. Status 127 where there is no such interpreter, 73 where there can be no output:
 * then nothing was started.
 */
export function directSubmit({ record, token }: DirectSubmit): string {
  if (!/^[\w.:-]+$/.test(token)) {
    throw new OptionError(`Expected a token of letters, digits, ".", ":" and "-", got ${JSON.stringify(token)}.`);
  }
  return `hawser_record=${farPath(record)}
hawser_line=
IFS= read -r hawser_line <"$hawser_record/script" || exit 66
case $hawser_line in '#!'*) hawser_line=\${hawser_line#??} ;; *) hawser_line=/bin/sh ;; esac
set -f
set -- $hawser_line
command -v "\${1-}" >/dev/null 2>&1 || { printf 'there is no %s here to run the job\\n' "\${1-}" >&2; exit 127; }
(umask 077; : >>"$hawser_record/output") || exit 73
${DETACH}hawser_id=$( (hawser_detach sh -c ${quote(BECOME)} ${token} "$hawser_record" "$@" </dev/null &) )
[ -n "$hawser_id" ] || { echo 'the job could not be started' >&2; exit 71; }
printf '%s\\n' "$hawser_id"
`;
}

/* The new process tells its id itself, and then becomes the script: there is no moment at which it runs and is not known. */
const BECOME = `${IDENTITY}hawser_look $$
hawser_id=$$:$hawser_began:$hawser_boot:$hawser_host
export ${JOB_VARIABLE}="$hawser_id" ${TOKEN_VARIABLE}="$0"
hawser_record=$1
shift
printf '%s\\n' "$hawser_id"
exec "$@" "$hawser_record/script" >>"$hawser_record/output" 2>&1
`;

/** The parts of an id of `direct`; `undefined` for what is none. */
export function parseDirectId(id: string): { pid: number; start: string; boot: string; host: string } | undefined {
  const [, pid, start, boot, host] = /^([1-9]\d{0,9}):([\w-]+):([\w-]+):([\w.-]+)$/.exec(id) ?? [];
  if (pid === undefined || start === undefined || boot === undefined || host === undefined) return undefined;
  return { pid: Number(pid), start, boot, host };
}
