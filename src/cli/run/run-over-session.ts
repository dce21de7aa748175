import { TimeoutError } from '../../core/errors.js';
import { HawserError } from '../../core/hawser-error.js';
import type { Target } from '../../inventory/target.js';
import { act } from '../act.js';
import { makeTarget, targetFields } from '../options/make-targets.js';
import { tellWithoutSessions } from '../options/open-sessions.js';
import { OneSession } from './one-session.js';
import type { PlainRun } from './plain-run.js';
import { runOn } from './run-on.js';

/** What became of a run: nothing was done, unless it is `done`. */
export type RunOverSession = 'done' | 'no session' | 'no answer';

/**
 * Runs a command over the session that the broker at a socket has for its host. Where what listens there does not answer, who
 * insists on a session is told so and no more is done; anybody else is told that it goes without.
 */
export async function runOverSession(socket: string, plain: PlainRun): Promise<RunOverSession> {
  const { name, command, flags } = plain;
  const target = targetOf(name, flags);
  const session = target && (await OneSession.find(socket, target).catch(silence));
  if (session === undefined) return 'no session';
  if (session instanceof TimeoutError) return tellSilence(session, flags);
  await act(flags, async (context) => {
    try {
      return await runOn(session, command, flags, context);
    } finally {
      session.close();
    }
  });
  return 'done';
}

function silence(error: unknown): TimeoutError {
  if (error instanceof TimeoutError) return error;
  throw error;
}

async function tellSilence(error: TimeoutError, flags: PlainRun['flags']): Promise<RunOverSession> {
  const isWanted = flags.session === 'always';
  await act(flags, async ({ output }) => {
    if (isWanted) throw error;
    tellWithoutSessions(output, error);
    return 0;
  });
  return isWanted ? 'done' : 'no answer';
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
