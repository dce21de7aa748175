import { OptionError } from '../../core/hawser-error.js';

/** Signals that tell a job to end, and ones that tell it something; numbers as POSIX (`kill -l`) and Linux have them. */
const ENDING = [
  ['TERM', 15],
  ['INT', 2],
  ['HUP', 1],
  ['XCPU', 24],
] as const;
const TELLING = ['USR1', 'USR2'] as const;

/** All of them, as words for trap(1). */
export const SIGNALS: string = [...ENDING.map(([name]) => name), ...TELLING].join(' ');

/**
 * What a job's script does with signals. It does not end by one: the job's end is to be written down.
 *
 * One that only this shell gets has to reach the command. But most schedulers signal all of a job, and there are programs
 * that take the second signal to end for an order to drop everything: so that is passed on only to what still runs a while
 * later. Whoever runs in the background cannot be interrupted (POSIX.1-2017, §2.11), but terminated.
 *
 * `hawser_await PID` waits for a child of ours, whatever comes meanwhile: its status is in `hawser_status`.
 */
export function signals(passOnAfter: number): string {
  if (!Number.isSafeInteger(passOnAfter) || passOnAfter < 0) {
    throw new OptionError(`Expected \`passOnAfter\` to be a number of seconds, 0 or more, got ${String(passOnAfter)}.`);
  }
  return `hawser_child= hawser_signal=- hawser_number=0 hawser_passed=
hawser_kill() {
  kill -s "$1" -- "-$$" 2>/dev/null && return 0
  [ -n "$hawser_child" ] || return 0
  kill -s "$1" $(ps -A -o pid= -o ppid= | awk -v top="$hawser_child" '{ up[$1] = $2 }
    END { for (i in up) { for (j = i; j != top && j in up; j = up[j]); if (j == top) print i } }') 2>/dev/null
}
hawser_tell() {
  hawser_woken=1
  trap '' "$1"
  hawser_kill "$1"
  trap "hawser_tell $1" "$1"
}
hawser_end() {
  hawser_woken=1 hawser_signal=$1 hawser_number=$2
}
hawser_pass_on() {
  hawser_passed=1
  hawser_left=${passOnAfter * 10}
  while [ "$hawser_left" -gt 0 ]; do
    hawser_look "$1" || return 0
    sleep 0.1 2>/dev/null || { sleep 1; hawser_left=$((hawser_left - 9)); }
    hawser_left=$((hawser_left - 1))
  done
  hawser_kill TERM
}
hawser_await() {
  hawser_status=
  while :; do
    hawser_woken=
    wait "$1"
    hawser_now=$?
    # Of a child that it has told of before, wait(1) knows nothing.
    [ "$hawser_now" = 127 ] && [ -n "$hawser_status" ] || hawser_status=$hawser_now
    [ -n "$hawser_woken" ] || return 0
    [ "$hawser_number" = 0 ] || [ -n "$hawser_passed" ] || hawser_pass_on "$1"
  done
}
${ENDING.map(([name, number]) => `trap 'hawser_end ${name} ${number}' ${name}\n`).join('')}${TELLING.map(
  (name) => `trap 'hawser_tell ${name}' ${name}\n`,
).join('')}`;
}

/**
 * What a signal to end does in the shell of the user's lines: it is remembered, and the command does not begin any more;
 * what comes after the command still runs.
 */
export const REMEMBERED: string = ENDING.map(([name, number]) => `trap hawser_late=${128 + number} ${name}\n`).join('');
/** And in the shell of the command: that program ends as it will, the next does not begin. */
export const OBEYED: string = ENDING.map(
  ([name, number]) =>
    `trap 'hawser_now=$?; [ "$hawser_now" != 0 ] || hawser_now=${128 + number}; exit "$hawser_now"' ${name}\n`,
).join('');
/** What is only to be known concerns no shell. */
export const HEARD: string = `trap : ${TELLING.join(' ')}\n`;
