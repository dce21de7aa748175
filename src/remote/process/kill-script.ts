import type { FarProcess } from '../../transport/contract.js';
import { BEARING } from './bearing.js';

/*
 * Ends a process and all that came of it: its descendants, whatever is in the process group or the session that it
 * leads, and whatever has its mark in the environment, so that those are found who were orphaned or have left for a
 * session of their own. It goes on until none of them is left, with KILL after the grace. On Linux it reads /proc,
 * elsewhere it asks ps(1), in no more than POSIX sh; zombies count as gone. Says `gone` or `left`.
 *
 * A process id that is free is given to a stranger sooner or later: where there is /proc, a process is known by its
 * start as well. As long as a group or a session has members its number is not given away.
 */
const SCRIPT = `${BEARING}told=" " keep=" "
nl='
' white=$IFS
list() {
  IFS=$white
  if [ -r /proc/self/stat ]; then
    for f in /proc/[0-9]*/stat; do
      l=
      { IFS= read -r l <"$f"; } 2>/dev/null
      i=\${f#/proc/}
      set -- \${l##*) }
      case $1 in Z | X | '') ;; *) all="$all\${i%/stat} $2 $3 $4 \${20}$nl" ;; esac
    done
    for f in $(hawser_bearing "$mark"); do
      i=\${f#/proc/}
      ids="$ids\${i%/environ} "
    done
  else
    all=$(ps -A -o state= -o pid= -o ppid= -o pgid= | while read -r s i q g; do
      case $s in Z*) ;; *) echo "$i $q $g $g -" ;; esac
    done)
  fi
}
alive() {
  all= ids=" " kin=1
  list
  IFS=$nl
  for l in $all; do
    IFS=' '
    set -- $l
    IFS=$nl
    case $keep in *" $1/$5 "*) ids="$ids$1 " ;; esac
    [ "$1" = "$p" ] || continue
    if [ -z "$start" ] || [ "$5" = "$start" ]; then ids="$ids$1 "; else kin=; fi
  done
  more=1
  while [ "$more" ]; do
    more=
    for l in $all; do
      IFS=' '
      set -- $l
      IFS=$nl
      case $ids in *" $1 "*) continue ;; esac
      case $ids in *" $2 "*) ;; *) [ "$kin" ] && { [ "$3" = "$p" ] || [ "$4" = "$p" ]; } || continue ;; esac
      ids="$ids$1 " more=1
    done
  done
  live= keep=" "
  for l in $all; do
    IFS=' '
    set -- $l
    IFS=$nl
    case $ids in *" $1 "*) live="$live $1" keep="$keep$1/$5 " ;; esac
  done
  IFS=$white
  [ "$live" ]
}
`;

const END = `now() {
  if { read -r up _ </proc/uptime; } 2>/dev/null; then now=\${up%.*}\${up#*.}; else now=$(date +%s)00; fi
}
now
due=$((now + n)) last=$((now + n + 300))
while alive; do
  now
  [ "$now" -lt "$last" ] || { echo left; exit 1; }
  [ "$sig" = KILL ] || [ "$now" -lt "$due" ] || sig=KILL
  for i in $live; do
    case $told in *" $i "*) [ "$sig" = KILL ] || continue ;; esac
    told="$told$i "
    kill -s "$sig" "$i" 2>/dev/null
  done
  sleep 0.05 2>/dev/null || sleep 1
done
echo gone
`;

const SIGNAL = `alive && kill -s "$sig" $live
echo sent
`;

/** A command line that any login shell takes, and the script that it reads from stdin. */
export interface Script {
  readonly line: string;
  readonly input: string;
}

/** Ends a process and all that came of it: `signal` first, `KILL` after `graceMs`. Says `gone` when it saw them gone. */
export function endScript(process: FarProcess, signal: string, graceMs: number): Script {
  return script(process, `sig=${signal} n=${Math.ceil(graceMs / 10)}`, END);
}

/** Sends `signal`, once, to a process and all that came of it. Says `sent`. */
export function signalScript(process: FarProcess, signal: string): Script {
  return script(process, `sig=${signal}`, SIGNAL);
}

// Nothing of it stands in the command line: sudo puts that into the environment, where the script would find itself.
function script({ pid, start, mark }: FarProcess, how: string, end: string): Script {
  return { line: 'exec sh -s', input: `p=${pid} start=${start} mark=${mark} ${how}\n${SCRIPT}${end}` };
}
