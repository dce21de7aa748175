import { quote } from '../../core/quote.js';
import { BEARING } from '../process/bearing.js';
import { JOB_VARIABLE, parseDirectId, TOKEN_VARIABLE } from './direct-id.js';
import { WAITS } from './direct-wait.js';
import { IDENTITY } from './far-identity.js';

/**
 * What a machine tells of a job of `direct`: `running` (its script, or something that this has started);
 * `waiting`: it will, when those have ended after which it comes; `gone`;
 * `elsewhere`: it runs, or ran, on another node, and cannot be seen from this one; `unclear`: there is a process of its
 * number, and the machine does not tell whether it is the same.
 */
export type DirectPresence = (typeof PRESENCES)[number];
const PRESENCES = ['running', 'waiting', 'gone', 'elsewhere', 'unclear'] as const;

/** {@link directFind}'s exit status on a machine that cannot be searched. */
export const NOT_SEARCHABLE = 69;

/** A script for `askShell` that looks for many jobs at once; {@link parseDirectQuery} understands what it prints. */
export function directQuery(ids: readonly string[]): string {
  const asked = ids.flatMap((id) => {
    const parts = parseDirectId(id);
    return parts === undefined
      ? []
      : [`hawser_ask ${quote(id)} ${parts.host} ${parts.boot} ${parts.pid} ${parts.start}\n`];
  });
  return `${IDENTITY}${MARKS}${WAITS}hawser_known=
hawser_ask() {
  hawser_alive "$2" "$3" "$4" "$5"
  case $hawser_is in
    yes) if hawser_waits "$4"; then hawser_word=waiting; else hawser_word=running; fi ;;
    no) if [ "$3" = "$hawser_boot" ] && hawser_has "$1"; then hawser_word=running; else hawser_word=gone; fi ;;
    *) if [ "$2" = "$hawser_host" ]; then hawser_word=unclear; else hawser_word=elsewhere; fi ;;
  esac
  printf 'hawser-direct %s %s\\n' "$1" "$hawser_word"
}
hawser_has() {
  [ -n "$hawser_known" ] || hawser_known=" $(hawser_marks ${JOB_VARIABLE} | sort -u | tr '\\n' ' ') "
  case $hawser_known in *" $1 "*) return 0 ;; *) return 1 ;; esac
}
${asked.join('')}`;
}

/** What is in the answer to {@link directQuery}; a job of which it says nothing is not in it. */
export function parseDirectQuery(text: string): Map<string, DirectPresence> {
  const found = new Map<string, DirectPresence>();
  for (const [, id, word] of text.matchAll(/^hawser-direct (\S+) (\w+)$/gm)) {
    if (id === undefined) continue;
    const presence = PRESENCES.find((one) => one === word);
    if (presence !== undefined) found.set(id, presence);
  }
  return found;
}

/**
 * A script for `askShell` that prints the ids of the jobs that were started with a token and still run on this node, one a
 * line. Its status is {@link NOT_SEARCHABLE} where a machine does not tell the environment of a process.
 */
export function directFind(token: string): string {
  return `[ -r "/proc/$$/environ" ] || { echo 'this machine does not tell what its processes were started with' >&2; exit ${NOT_SEARCHABLE}; }
${MARKS}hawser_marks ${TOKEN_VARIABLE} ${JOB_VARIABLE} | while read -r hawser_token hawser_id; do
  [ "$hawser_token" != ${quote(token)} ] || printf '%s\\n' "$hawser_id"
done | sort -u
`;
}

/**
 * `hawser_marks VARIABLE…` prints what these variables are in all processes that can be asked, a line for each process that
 * has them all. Only Linux tells that, in /proc (proc(5), environ).
 */
const MARKS = `${BEARING}hawser_marks() {
  for hawser_environ in $(hawser_bearing "$1="); do
    tr '\\n\\000' ' \\n' <"$hawser_environ" 2>/dev/null | awk -v names="$*" 'BEGIN { n = split(names, name, " ") }
      { at = index($0, "="); if (at > 1) value[substr($0, 1, at - 1)] = substr($0, at + 1) }
      END { for (i = 1; i <= n; i++) { if (!(name[i] in value)) exit; line = line (i > 1 ? " " : "") value[name[i]] } print line }'
  done
}
`;
