import { OptionError } from '../../core/hawser-error.js';
import { parseDirectId } from './direct-id.js';
import { IDENTITY } from './far-identity.js';
import { farPath } from './far-path.js';

/**
 * Text that waits until none of these jobs of `direct` runs any more: by its exit status, or since its process is gone. The
 * working directory is the job's own record meanwhile, which is how others see that it waits.
 *
 * @param after the jobs' records by their ids; it throws `OptionError` for an id that is none.
 */
export function waitForDirect(after: ReadonlyMap<string, string>): string {
  const each = [...after].map(([id, record]) => {
    const parts = parseDirectId(id);
    if (parts === undefined) throw new OptionError(`Expected an id of \`direct\`, got ${JSON.stringify(id)}.`);
    return `hawser_wait_for ${parts.host} ${parts.boot} ${parts.pid} ${parts.start} ${farPath(record)}\n`;
  });
  return `${IDENTITY}hawser_here=$PWD
hawser_wait_for() {
  hawser_doze=1
  while [ ! -e "$5/exit" ]; do
    hawser_alive "$1" "$2" "$3" "$4"
    [ "$hawser_is" != no ] || return 0
    sleep "$hawser_doze"
    [ "$hawser_doze" -ge 5 ] || hawser_doze=$((hawser_doze + 1))
  done
}
cd -- "$hawser_record" || exit 72
${each.join('')}cd -- "$hawser_here" || exit 72
`;
}

/** A test for `sh` of whether the process `$1`, which is a job's, still waits for others. Only Linux tells (proc(5), cwd). */
export const WAITS = `hawser_waits() { [ -d "/proc/$1/cwd/submit.lock" ] && [ -e "/proc/$1/cwd/script" ]; }\n`;
