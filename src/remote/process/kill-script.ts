import { quote } from '../../core/quote.js';

/*
 * Ends a process, its descendants, and whatever is in the process group or the session that it leads: what has been
 * orphaned on the way is found there. It goes on until none of them is left, with KILL after the grace. On Linux it reads
 * /proc, elsewhere it asks ps(1), in no more than POSIX sh; zombies count as gone. Says `gone` or `left`.
 */
const SCRIPT = `p=$1 sig=$2 n=$3 set=" $1 " told=" "
nl='
'
list() {
  if [ -r /proc/self/stat ]; then
    for f in /proc/[0-9]*/stat; do
      l=
      { IFS= read -r l <"$f"; } 2>/dev/null
      i=\${f#/proc/}
      set -- \${l##*) }
      case $1 in Z | X | '') ;; *) all="$all\${i%/stat} $2 $3 $4$nl" ;; esac
    done
  else
    all=$(ps -A -o state= -o pid= -o ppid= -o pgid= | while read -r s i q g; do
      case $s in Z*) ;; *) echo "$i $q $g $g" ;; esac
    done)
  fi
}
alive() {
  all=
  list
  IFS=$nl more=1
  while [ "$more" ]; do
    more=
    for l in $all; do
      IFS=' '
      set -- $l
      IFS=$nl
      case $set in *" $1 "*) continue ;; esac
      case $set in *" $2 "*) ;; *) [ "$3" = "$p" ] || [ "$4" = "$p" ] || continue ;; esac
      set="$set$1 " more=1
    done
  done
  live=
  for l in $all; do
    case $set in *" \${l%% *} "*) live="$live \${l%% *}" ;; esac
  done
  IFS=' '
  [ "$live" ]
}
while alive; do
  if [ "$n" -le 0 ]; then
    [ "$sig" = KILL ] && [ "$n" -lt -40 ] && { echo left; exit 1; }
    [ "$sig" = KILL ] || { sig=KILL told=" "; }
  fi
  for i in $live; do
    case $told in *" $i "*) [ "$sig" = KILL ] || continue ;; esac
    told="$told$i "
    kill -s "$sig" "$i" 2>/dev/null
  done
  sleep 0.05 2>/dev/null || sleep 1
  n=$((n - 1))
done
echo gone
`;

/** Sends one signal, once, to the same processes. */
const SIGNAL_SCRIPT = SCRIPT.replace(/while alive; do[\s\S]*$/, 'alive && kill -s "$sig" $live\n');

/** A command line that ends `pid` and all that belongs to it: `signal` first, `KILL` after `graceMs`. */
export function killCommand(pid: number, signal: string, graceMs: number): string {
  return `exec sh -c ${quote(SCRIPT)} hawser ${pid} ${signal} ${Math.ceil(graceMs / 50)}`;
}

/** A command line that sends `signal` to `pid` and all that belongs to it. */
export function signalCommand(pid: number, signal: string): string {
  return `exec sh -c ${quote(SIGNAL_SCRIPT)} hawser ${pid} ${signal} 0`;
}
