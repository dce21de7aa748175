import { OptionError } from '../../core/hawser-error.js';
import { quote } from '../../core/quote.js';
import { IDENTITY, PUT } from './far-identity.js';
import { absoluteFarPath, farPath } from './far-path.js';
import { HEARD, OBEYED, REMEMBERED, SIGNALS, signals } from './job-signals.js';

/** What {@link jobScript} needs. All text of the user's is for the shell that the shebang names. */
export interface JobScriptOptions {
  /** Default `#!/bin/sh`; another POSIX-like shell with options, such as `#!/bin/bash -l`. */
  readonly shebang?: string;
  /** Lines of options for the scheduler, such as `#SBATCH --nodes=2`. */
  readonly directives: readonly string[];
  /** The job's record: absolute, or relative to the directory in which the scheduler starts the script. */
  readonly record: string;
  readonly token: string;
  /** The variable with the scheduler's id; `undefined`: the script's own identity is its id. */
  readonly idVariable: string | undefined;
  /** Lines that make the environment. Their status means nothing: such files end with any. */
  readonly envSetup?: string;
  /** Each is loaded by `module load`. */
  readonly modules?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Lines before the command. Where they end with another status than 0, the command does not run. */
  readonly prepend?: string;
  /** Goes before the command; `{nprocs}` in it is replaced. */
  readonly launcher?: string;
  /** Needed where the launcher has `{nprocs}`. */
  readonly nprocs?: number;
  readonly command: string;
  /** Lines after the command, however it ended. Its own status counts, not theirs. */
  readonly postpend?: string;
  /** The records of the jobs that have to have ended well before this one runs, by their ids. Default: none. */
  readonly after?: ReadonlyMap<string, string> | undefined;
  /** How long the exit status of one of them may take to be seen here, in seconds: file systems are slow. Default 30. */
  readonly patience?: number;
  /** How long after a signal to end the rest of the job gets it too, in seconds, if it still runs. Default 6. */
  readonly passOnAfter?: number;
}

/** Shells that read this script. */
const SHELL = /(?:^|[/\s])(?:ba|da|a|k|mk|z|ya)?sh(?:\s|$)/;

/**
 * The text of a job's script. It runs once for a record, whoever starts it how often (`mkdir run.lock`); only a requeue, by
 * the same id of the scheduler, runs again. It keeps its output in `output`, says in `started` who it is, and in `exit` how
 * the command ended: `status seconds signal`, where a signal told it to end (else `-`). Each comes by a rename.
 *
 * The user's lines run in a shell of their own, the command in one below that, so that nothing in them (`exit`, `set -e`, a
 * syntax error, a signal) keeps the status from being written. What fails before the command is told in the output.
 *
 * Throws `OptionError` for a shebang of another kind of shell, for directives that are no lines, for a bad name in `env`, a
 * launcher without the number that it asks for, and a NUL anywhere.
 */
export function jobScript(o: JobScriptOptions): string {
  const { idVariable, passOnAfter = 6 } = o;
  return [
    checkShebang(o.shebang ?? '#!/bin/sh'),
    ...o.directives.map(checkLine),
    `# Written by hawser: ${checkLine(o.token)}`,
    START,
    `hawser_record=${absoluteFarPath(o.record)}`,
    `hawser_id=${idVariable === undefined ? '' : `\${${checkVariable('idVariable', idVariable)}-}`}`,
    `${IDENTITY}${PUT}${signals(passOnAfter)}${FENCE}(`,
    payload(o),
    `) <&0 &\n${FINISH}`,
  ].join('\n');
}

/*
 * What the user's lines may rely on is as the shebang and they themselves ask for; what ours rely on is as in POSIX. Of
 * `set -e` bash tells nothing in a command substitution: there it is off.
 */
const START = `hawser_ours() {
  if [ -n "\${ZSH_VERSION-}" ]; then
    hawser_set='emulate zsh'
    emulate sh
  else
    hawser_set="$(set +o)
:"
    case $- in *e*) hawser_set="$hawser_set; set -e" ;; esac
  fi
  set +eufC
}
hawser_ours`;

const FENCE = `hawser_look $$
case $hawser_id in '' | *[[:space:]]*) hawser_id=$$:$hawser_began:$hawser_boot:$hawser_host ;; esac
if [ ! -d "$hawser_record" ]; then
  echo "hawser: the job's record is not there, so that it cannot be known whether it has run: $hawser_record" >&2
  exit 72
fi
if ! (umask 077; mkdir -- "$hawser_record/run.lock") 2>/dev/null; then
  hawser_owner=
  { IFS= read -r hawser_owner <"$hawser_record/run.lock/owner"; } 2>/dev/null
  if [ ! -d "$hawser_record/run.lock" ]; then
    echo "hawser: nothing can be written to the job's record: $hawser_record" >&2
    exit 73
  fi
  if [ "$hawser_owner" != "$hawser_id" ]; then
    echo "hawser: this job runs already, or has run, as \${hawser_owner:-another}; $hawser_id leaves"
    exit 0
  fi
  rm -f -- "$hawser_record/exit" "$hawser_record/started"
fi
hawser_put "$hawser_record/run.lock/owner" "$hawser_id" || {
  echo "hawser: nothing can be written to the job's record: $hawser_record" >&2
  rmdir -- "$hawser_record/run.lock"
  exit 73
}
(umask 077; : >>"$hawser_record/output") 2>/dev/null && exec >>"$hawser_record/output" 2>&1
(
  umask 077
  printf '%63s\\n' '' >"$hawser_record/exit.draft"
  printf '%15s\\n' '' >"$hawser_record/run.lock/status"
  printf '%-15s\\n' first >"$hawser_record/run.lock/step"
)
hawser_put "$hawser_record/started" "$hawser_host $hawser_boot $$ $hawser_began $(date +%s) $hawser_id"
`;

/** The user's lines, one kind after the other. */
function payload(o: JobScriptOptions): string {
  const { envSetup, modules = [], prepend, postpend, after = new Map() } = o;
  const env = Object.entries(o.env ?? {}).map(
    ([name, value]) => `export ${checkVariable('env', name)}=${quote(value)}\n`,
  );
  return `hawser_at() { printf '%-15s\\n' "$1" 1<>"$hawser_record/run.lock/step"; }
hawser_late=
[ "$hawser_number" = 0 ] || exit $((128 + hawser_number))
${REMEMBERED}${HEARD}${after.size === 0 ? '' : `hawser_at after\n${endedWell(after, o.patience)}`}${envSetup === undefined ? '' : `hawser_at env_setup\n${theirs(envSetup)}`}${
  modules.length === 0 ? '' : `hawser_at modules\n${loadModules(modules)}`
}${env.join('')}${
  prepend === undefined ? '' : `hawser_at prepend\n${theirs(prepend)}[ "$hawser_now" = 0 ] || exit "$hawser_now"\n`
}[ -z "$hawser_late" ] || exit "$hawser_late"
hawser_at command
(
${OBEYED}${HEARD}[ -z "$hawser_late" ] || exit "$hawser_late"
eval "$hawser_set"
eval ${quote(commandLine(o))}
)
hawser_now=$?
printf '%s ' "$hawser_now" 1<>"$hawser_record/run.lock/status"
${
  postpend === undefined
    ? ''
    : `hawser_at postpend
hawser_theirs=$hawser_now
${theirs(postpend)}[ "$hawser_now" = 0 ] ||
  echo "hawser: the lines after the command ended with status $hawser_now; the command's own was $hawser_theirs" >&2
hawser_now=$hawser_theirs
`
}exit "$hawser_now"`;
}

/** Ends the job unless all of these have left an exit status of 0, and were not told to end. */
function endedWell(after: ReadonlyMap<string, string>, patience = 30): string {
  const each = [...after].map(([id, record]) => `hawser_ended_well ${quote(id)} ${farPath(record)}\n`);
  return `hawser_ended_well() {
  hawser_left=${patience}
  while :; do
    hawser_how=
    { read -r hawser_how hawser_when hawser_told hawser_more <"$2/exit"; } 2>/dev/null
    case $hawser_how:$hawser_told in
      0:-) return 0 ;;
      :*) ;;
      *) hawser_how="ended with status $hawser_how"; break ;;
    esac
    [ -z "$hawser_late" ] || exit "$hawser_late"
    [ "$hawser_left" -gt 0 ] || { hawser_how='left no exit status'; break; }
    sleep 1
    hawser_left=$((hawser_left - 1))
  done
  printf 'hawser: the job %s, which was to end well before this one, %s: %s\\n' "$1" "$hawser_how" "$2" >&2
  exit 1
}
${each.join('')}`;
}

/** Lines of the user's, in this very shell: what they set is for the lines that follow. */
function theirs(lines: string): string {
  return `eval "$hawser_set"
eval ${quote(lines)}
hawser_now=$?
hawser_ours
`;
}

/** `module` is a function that a start-up file of login shells makes: where it is not there, that file is looked for. */
function loadModules(modules: readonly string[]): string {
  const each = modules.map(
    (name) => `module load ${quote(name)} || {
  hawser_now=$?
  printf 'hawser: module load %s ended with status %s\\n' ${quote(name)} "$hawser_now" >&2
  exit "$hawser_now"
}
`,
  );
  return `for hawser_file in "\${MODULESHOME-}/init/sh" "\${LMOD_PKG-}/init/sh" /etc/profile.d/modules.sh /etc/profile.d/lmod.sh; do
  command -v module >/dev/null 2>&1 || [ ! -r "$hawser_file" ] || . "$hawser_file"
done
if ! command -v module >/dev/null 2>&1; then
  printf 'hawser: %s cannot be loaded: this shell has no \`module\`. Say in env_setup what makes it.\\n' ${quote(modules.join(' '))} >&2
  exit 127
fi
${each.join('')}`;
}

/* The status goes into room that was made before the command: a job that fills its disk has one all the same. */
const FINISH = `hawser_child=$!
hawser_await "$hawser_child"
trap '' ${SIGNALS}
{ read -r hawser_step hawser_more <"$hawser_record/run.lock/step"; } 2>/dev/null
hawser_told=
{ read -r hawser_told hawser_more <"$hawser_record/run.lock/status"; } 2>/dev/null
case $hawser_step in
  command | postpend) hawser_status=\${hawser_told:-$hawser_status} ;;
  *)
    echo "hawser: the job ended with status $hawser_status in its lines of $hawser_step: its command has not run" >&2
    [ "$hawser_status" != 0 ] || hawser_status=1
    ;;
esac
[ "$hawser_number:$hawser_status" = 0:0 ] || [ "$hawser_status" != 0 ] || hawser_status=$((128 + hawser_number))
{ printf '%s %s %s ' "$hawser_status" "$(date +%s)" "$hawser_signal" 1<>"$hawser_record/exit.draft" &&
  mv -f -- "$hawser_record/exit.draft" "$hawser_record/exit"; } ||
  echo "hawser: the job's exit status, $hawser_status, cannot be written to its record" >&2
exit "$hawser_status"
`;

/** The command, behind its launcher. */
function commandLine({ launcher, nprocs, command }: JobScriptOptions): string {
  if (command.trim() === '') throw new OptionError('Expected a job to have a command, got an empty one.');
  if (launcher === undefined || launcher.trim() === '') return command;
  if (!launcher.includes('{nprocs}')) return `${launcher} ${command}`;
  if (nprocs === undefined || !Number.isSafeInteger(nprocs) || nprocs < 1) {
    throw new OptionError(
      `Expected \`nprocs\` to be a positive integer, since the launcher ${JSON.stringify(launcher)} asks for it, got ${String(nprocs)}.`,
    );
  }
  return `${launcher.replaceAll('{nprocs}', String(nprocs))} ${command}`;
}

function checkShebang(line: string): string {
  if (/^#! ?\/[ -~]+$/.test(line) && SHELL.test(line)) return line;
  throw new OptionError(
    `Expected the shebang of a job to be "#!" and a shell such as /bin/sh or /bin/bash, got ${JSON.stringify(line)}. ` +
      'The job script needs a POSIX shell; start another interpreter in the command.',
  );
}

function checkLine(line: string): string {
  if (!/[\0-\x08\n-\x1f\x7f]/.test(line)) return line;
  throw new OptionError(`Expected each directive of a job to be one line, got ${JSON.stringify(line)}.`);
}

function checkVariable(where: string, name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return name;
  throw new OptionError(
    `Expected the names in \`${where}\` to be letters, digits and underscores, got ${JSON.stringify(name)}.`,
  );
}
