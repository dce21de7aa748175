import { BEARING } from '../process/bearing.js';
import { JOB_VARIABLE } from './direct-id.js';

/*
 * `hawser_found` sets `hawser_pids` to all of the processes of the job `hawser_id`, whose first one is, or was, `hawser_top`;
 * `hawser_session` is that number where it is known to be the job's. The number of a session is not given away as long as
 * one is in it: a session is the job's if its leader was, or if one of its members bears the mark.
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
        "$4 "*" $hawser_f "*) hawser_session=$hawser_top ;;
        *" $hawser_f "*) hawser_pids="$hawser_pids $hawser_f"; continue ;;
      esac
      [ "$4" != "$hawser_top" ] || hawser_all="$hawser_all $hawser_f"
    done
    [ -z "$hawser_session" ] || hawser_pids="$hawser_pids$hawser_all"
  elif [ -n "$hawser_session" ]; then
    hawser_pids=$(ps -A -o state= -o pid= -o pgid= |
      while read -r hawser_s hawser_p hawser_g; do
        case $hawser_s in Z*) continue ;; esac
        [ "$hawser_g" != "$hawser_top" ] || printf ' %s' "$hawser_p"
      done)
  fi
}
`;

/**
 * `hawser_finish TENTHS` ends all of a job's processes: TERM, so many tenths of a second, KILL. It waits for their end, and
 * says in `hawser_how` what became of them: `ended` by TERM, `killed`, `gone` before it, or `left`: something did not even
 * end by KILL. The job is in `hawser_id`, its first process in `hawser_top`, and again in `hawser_session` where that process
 * is known to be the job's. Whoever takes long is looked at less often.
 */
export const FINISH: string = `${MEMBERS}hawser_send() {
  for hawser_p in $hawser_pids; do kill -s "$1" "$hawser_p" 2>/dev/null; done
}
hawser_wait() {
  hawser_left=$1 hawser_nap=1
  while :; do
    hawser_found
    [ -n "$hawser_pids" ] || return 0
    [ "$hawser_left" -gt 0 ] || return 1
    [ -z "\${2-}" ] || hawser_send "$2"
    [ "$hawser_nap" -le "$hawser_left" ] || hawser_nap=$hawser_left
    sleep "$((hawser_nap / 10)).$((hawser_nap % 10))" 2>/dev/null || { sleep 1; hawser_nap=10; }
    hawser_left=$((hawser_left - hawser_nap))
    [ "$hawser_left" -gt "$(($1 - 20))" ] || hawser_nap=10
  done
}
hawser_finish() {
  hawser_how=gone
  hawser_found
  [ -n "$hawser_pids" ] || return 0
  hawser_how=ended
  hawser_send TERM
  hawser_wait "$1" && return 0
  hawser_how=killed
  hawser_send KILL
  hawser_wait 50 KILL && return 0
  hawser_how=left
}
`;
