import { OptionError } from '../../core/hawser-error.js';
import { quote } from '../../core/quote.js';
import { JOB_VARIABLE, parseDirectId } from './direct-start.js';
import { BEARING, IDENTITY } from './far-identity.js';

/** Options of {@link directCancel}. */
export interface DirectCancelOptions {
  /** How long the job has between TERM and KILL, in milliseconds. Default 5,000. */
  readonly grace?: number;
}

/**
 * How a job of `direct` was cancelled: `ended` by TERM, `killed`, or it was `gone` already. `elsewhere`: it is on another
 * node, and nothing was done; `unclear`: nothing was done, for the machine does not tell whether the process is the job's;
 * `left`: something of it did not even end by KILL.
 */
export type DirectCancelled = (typeof WORDS)[number];

/**
 * A script for `askShell` that ends a job of `direct`: its session, and whatever else bears its mark, but only after it has
 * made sure that they are the job's. It waits for their end, and prints a {@link DirectCancelled}.
 *
 * Throws `OptionError` for an id that is none.
 */
export function directCancel(id: string, o: DirectCancelOptions = {}): string {
  const { grace = 5000 } = o;
  if (!Number.isFinite(grace) || grace < 0) {
    throw new OptionError(`Expected \`grace\` to be a number of milliseconds, 0 or more, got ${String(grace)}.`);
  }
  const parts = parseDirectId(id);
  if (parts === undefined) throw new OptionError(`Expected an id of \`direct\`, got ${JSON.stringify(id)}.`);
  const { host, boot, pid, start } = parts;
  return `${IDENTITY}hawser_alive ${host} ${boot} ${pid} ${start}
case $hawser_is:${host} in
  "unknown:$hawser_host") echo unclear; exit 0 ;;
  unknown:*) echo elsewhere; exit 0 ;;
esac
hawser_id=${quote(id)} hawser_top=${pid} hawser_group=
[ "$hawser_is" = no ] || hawser_group=${pid}
${MEMBERS}${END}hawser_found
[ -n "$hawser_pids" ] || { echo gone; exit 0; }
hawser_send TERM
hawser_wait ${Math.ceil(grace / 100)} && { echo ended; exit 0; }
hawser_send KILL
hawser_wait 50 KILL && { echo killed; exit 0; }
echo left
`;
}

const WORDS = ['ended', 'killed', 'gone', 'elsewhere', 'unclear', 'left'] as const;

/** The {@link DirectCancelled} in what the script printed; `undefined` where there is none. */
export function parseDirectCancelled(text: string): DirectCancelled | undefined {
  return WORDS.find((word) => word === text.trim());
}

/*
 * `hawser_found` sets `hawser_pids` to all of the job's processes. The number of a session is not given away as long as one
 * is in it: a session is the job's if its leader was, or if one of its members bears the mark.
 */
const MEMBERS = `${BEARING}hawser_found() {
  hawser_pids=
  if [ -r "/proc/$$/stat" ]; then
    hawser_marked=" "
    for hawser_f in $(hawser_bearing "${JOB_VARIABLE}=$hawser_id"); do
      hawser_f=\${hawser_f#/proc/}
      hawser_marked="$hawser_marked\${hawser_f%/environ} "
    done
    hawser_all=
    for hawser_f in /proc/[0-9]*/stat; do
      hawser_stat=
      { IFS= read -r hawser_stat <"$hawser_f"; } 2>/dev/null
      hawser_f=\${hawser_f#/proc/} hawser_f=\${hawser_f%/stat}
      set -- \${hawser_stat##*) }
      case \${1-} in '' | Z | X) continue ;; esac
      case "$hawser_top $hawser_marked" in
        "$4 "*" $hawser_f "*) hawser_group=$hawser_top ;;
        *" $hawser_f "*) hawser_pids="$hawser_pids $hawser_f"; continue ;;
      esac
      [ "$4" != "$hawser_top" ] || hawser_all="$hawser_all $hawser_f"
    done
    [ -z "$hawser_group" ] || hawser_pids="$hawser_pids$hawser_all"
  elif [ -n "$hawser_group" ]; then
    hawser_pids=$(ps -A -o state= -o pid= -o pgid= |
      while read -r hawser_s hawser_p hawser_g; do
        case $hawser_s in Z*) continue ;; esac
        [ "$hawser_g" != "$hawser_top" ] || printf ' %s' "$hawser_p"
      done)
  fi
}
`;

const END = `hawser_send() {
  for hawser_p in $hawser_pids; do kill -s "$1" "$hawser_p" 2>/dev/null; done
}
hawser_wait() {
  hawser_left=$1
  while :; do
    hawser_found
    [ -n "$hawser_pids" ] || return 0
    [ "$hawser_left" -gt 0 ] || return 1
    [ -z "\${2-}" ] || hawser_send "$2"
    sleep 0.1 2>/dev/null || { sleep 1; hawser_left=$((hawser_left - 9)); }
    hawser_left=$((hawser_left - 1))
  done
}
`;
