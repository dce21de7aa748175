import { FINISH } from './direct-end.js';
import { IDENTITY, PUT } from './far-identity.js';

/**
 * The text of what ends a job of `direct` when its time is up: `sh -c TEXT hawser ID RECORD SECONDS TENTHS`, started by the
 * job's first process, in a session of its own. TENTHS of a second are between TERM and KILL. First of all it writes
 * `timeout` into the record (`seconds`, by a rename, in room that was made before the job ran), so that whoever looks later
 * knows why the job was ended. It goes when the job has.
 *
 * The time is that of the machine's uptime where it tells it (Linux, proc(5)), which nobody sets.
 */
export const WATCH: string = `trap '' HUP
hawser_id=$1 hawser_record=$2 hawser_limit=$3 hawser_tenths=$4
${IDENTITY}${PUT}${FINISH}IFS=:
set -- $hawser_id
unset IFS
hawser_top=$1 hawser_its_start=$2 hawser_its_boot=$3 hawser_its_host=$4
hawser_goes_on() {
  hawser_session=
  hawser_alive "$hawser_its_host" "$hawser_its_boot" "$hawser_top" "$hawser_its_start"
  case $hawser_is in
    yes) hawser_session=$hawser_top ;;
    no) [ ! -e "$hawser_record/exit" ] && hawser_found && [ -n "$hawser_pids" ] ;;
    *) return 1 ;;
  esac
}
hawser_clock() {
  { read -r hawser_now hawser_idle </proc/uptime; } 2>/dev/null || hawser_now=$(date +%s)
  hawser_now=\${hawser_now%%.*}
}
(umask 077; printf '%63s\\n' '' >"$hawser_record/timeout.draft")
hawser_clock
hawser_due=$((hawser_now + hawser_limit + 1)) hawser_doze=1
while hawser_goes_on; do
  hawser_clock
  hawser_rest=$((hawser_due - hawser_now))
  if [ "$hawser_rest" -le 0 ]; then
    if [ ! -e "$hawser_record/cancelled" ]; then
      printf '%s ' "$(date +%s)" 1<>"$hawser_record/timeout.draft" &&
        mv -f -- "$hawser_record/timeout.draft" "$hawser_record/timeout"
    fi
    hawser_finish "$hawser_tenths"
    break
  fi
  [ "$hawser_doze" -le "$hawser_rest" ] || hawser_doze=$hawser_rest
  sleep "$hawser_doze"
  [ "$hawser_doze" -ge 5 ] || hawser_doze=$((hawser_doze + 1))
done
rm -f -- "$hawser_record/timeout.draft"
`;
