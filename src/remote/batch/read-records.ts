import { randomUUID } from 'node:crypto';
import { quote } from '../../core/quote.js';
import { IDENTITY } from './far-identity.js';
import { farPath } from './far-path.js';

/** The most of an answer of a scheduler that is read, in bytes; and of a file of one line. */
const ANSWER_LIMIT = 65_536;
const LINE_LIMIT = 1024;

/** Options of {@link readRecords}. */
export interface ReadRecordsOptions {
  /** `run`: only whether the job has started, ended, or been cancelled. It costs the machine less. Default `all`. */
  readonly part?: 'all' | 'run';
}

/**
 * A script for `askShell` that reads many jobs' records; `parseRecords` understands what it prints. Each is absolute, or
 * relative to where the script runs. Of no file more is read than a record can need.
 *
 * Ask the queue before this, not after: then a job that has left the queue has its exit status here.
 */
export function readRecords(records: readonly string[], o: ReadRecordsOptions = {}): string {
  return `${recordReader(o.part)}${records.map((record) => `hawser_read ${quote(record)} ${farPath(record)}\n`).join('')}`;
}

/*
 * What is asked for first is what the rest depends on: a helper that was gone has written all that it ever will, and with
 * `status` everything else of the submission is there.
 */
const SUBMISSION = `  if [ -d "$2/submit.lock" ]; then
    hawser_is=unknown hawser_owner=
    [ ! -f "$2/submit.lock/owner" ] || hawser_owner=$(dd if="$2/submit.lock/owner" bs=${LINE_LIMIT} count=1 2>/dev/null)
    case $hawser_owner in *' '*' '*' '*) (set -f; hawser_ask $hawser_owner) ;; *) hawser_say lock unknown ;; esac
    hawser_field begun "$2/submit.lock/begun" ${LINE_LIMIT}
    [ ! -f "$2/submit.lock/outdone" ] || hawser_say outdone ''
    hawser_field status "$2/submit.lock/status" ${LINE_LIMIT}
    hawser_field out "$2/submit.lock/out" ${ANSWER_LIMIT}
    hawser_field err "$2/submit.lock/err" ${ANSWER_LIMIT}
    hawser_field id "$2/submit.lock/id" ${LINE_LIMIT}
    hawser_field found "$2/submit.lock/found" ${LINE_LIMIT}
  fi
  [ ! -f "$2/READY" ] || hawser_say ready ''
  hawser_work publishing "$2/publishing"
`;

const RUN = `  hawser_field exit "$2/exit" ${LINE_LIMIT}
  hawser_field started "$2/started" ${LINE_LIMIT}
  hawser_work cancelling "$2/cancelling"
  hawser_field cancelled "$2/cancelled" ${LINE_LIMIT}
  hawser_field timeout "$2/timeout" ${LINE_LIMIT}
  [ ! -e "$2/missed" ] || hawser_say missed ''
`;

/**
 * `hawser_young FILE` is true of a file that was written in the last minutes. Where find(1) does not know `-mmin`, none is: it
 * is asked only where a process cannot be, and where other marks tell as well.
 */
const YOUNG = `hawser_young() { [ -n "$(find "$1" -prune -mmin -15 2>/dev/null)" ]; }
`;

/** `hawser_read NAME RECORD` prints what is in a record: every piece is between marks that no file can hold, for they are made anew each time. */
export function recordReader(part: 'all' | 'run' = 'all'): string {
  const steps = part === 'run' ? RUN : SUBMISSION + RUN;
  const mark = randomUUID();
  return `${IDENTITY}${YOUNG}printf 'hawser-records %s\\n' ${mark}
hawser_say() { printf '\\n${mark} %s\\n%s' "$1" "$2"; }
hawser_ask() { hawser_alive "$1" "$2" "$3" "$4"; hawser_say lock "$hawser_is $*"; }
hawser_field() {
  [ -f "$2" ] || { [ ! -e "$2" ] || hawser_say trouble "$1: it is no file"; return 0; }
  hawser_say "$1" ''
  dd if="$2" bs="$3" count=1 2>/dev/null || hawser_say trouble "$1: it could not be read"
}
hawser_work() {
  { read -r hawser_a hawser_b hawser_c hawser_d hawser_e <"$2"; } 2>/dev/null || return 0
  hawser_alive "$hawser_a" "$hawser_b" "$hawser_c" "$hawser_d"
  case $hawser_is in
    yes) hawser_say "$1" '' ;;
    unknown) ! hawser_young "$2" || hawser_say "$1" '' ;;
  esac
}
hawser_read() {
  hawser_say record "$1"
  if [ ! -d "$2" ]; then
    case $(LC_ALL=C ls -d -- "$2" 2>&1) in
      *': No such file or directory' | *': Not a directory') hawser_say missing '' ;;
      *) hawser_say trouble 'the directory could not be looked at' ;;
    esac
  elif [ ! -x "$2" ]; then
    hawser_say trouble 'the directory may not be entered'
  fi
${steps}  hawser_say end ''
}
`;
}
