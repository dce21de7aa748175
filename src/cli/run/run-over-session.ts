import { HawserError } from '../../core/hawser-error.js';
import type { Target } from '../../inventory/target.js';
import { act } from '../act.js';
import { makeTarget, targetFields } from '../options/make-targets.js';
import { OneSession } from './one-session.js';
import type { PlainRun } from './plain-run.js';
import { runOn } from './run-on.js';

/**
 * Runs a command over the session that the broker at a socket has for its host. `false`: there is none, nothing was done.
 *
 * @throws TimeoutError where what listens does not answer: nothing was done.
 */
export async function runOverSession(socket: string, { name, command, flags }: PlainRun): Promise<boolean> {
  const target = targetOf(name, flags);
  const session = target && (await OneSession.find(socket, target));
  if (session === undefined) return false;
  await act(flags, async (context) => {
    try {
      return await runOn(session, command, flags, context);
    } finally {
      session.close();
    }
  });
  return true;
}

/** The target that is named; `undefined` for a name that is none, which whoever reads it in full says. */
function targetOf(name: string, flags: PlainRun['flags']): Target | undefined {
  try {
    return makeTarget(name, targetFields(flags), undefined);
  } catch (error) {
    if (error instanceof HawserError) return undefined;
    throw error;
  }
}
