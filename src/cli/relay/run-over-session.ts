import { HawserError } from '../../core/hawser-error.js';
import type { SessionCache } from '../../session/session-cache.js';
import { actIn } from '../act.js';
import { Context } from '../context.js';
import { makeTarget, targetFields } from '../options/make-targets.js';
import type { PlainRun } from '../run/plain-run.js';
import { runOn } from '../run/run-on.js';
import type { FarCaller } from './far-caller.js';
import { OneSession } from './one-session.js';

// Loaded by `runOn` where it is needed: here it is needed by every run.
import '../run/stream-view.js';
import '../runs/run-keeper.js';

/** Runs a command for a caller over the session that there is to its host, unless there is none. */
export async function runOverSession(sessions: SessionCache, plain: PlainRun, caller: FarCaller): Promise<void> {
  const { command, flags } = plain;
  const session = await find(sessions, plain, caller);
  caller.take(session !== undefined);
  if (session === undefined) return;
  await actIn(new Context(caller), false, (context) => runOn(session, command, flags, context));
  caller.exit(Number(caller.exitCode));
}

/** The session; `undefined` also for a name that is none, or what cannot be had: whoever does it in full says so. */
async function find(
  sessions: SessionCache,
  { name, flags }: PlainRun,
  { env }: FarCaller,
): Promise<OneSession | undefined> {
  try {
    return await OneSession.find(sessions, makeTarget(name, targetFields(flags), undefined), env);
  } catch (error) {
    if (error instanceof HawserError) return undefined;
    throw error;
  }
}
