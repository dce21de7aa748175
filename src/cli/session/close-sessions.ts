import { OptionError } from '../../core/hawser-error.js';
import type { SessionInfo } from '../../core/session-info.js';
import { HostSet } from '../../inventory/host-set/host-set.js';
import type { Context } from '../context.js';
import { oneLine } from '../terminal/text.js';
import { findBroker } from './find-broker.js';
import type { SessionCloseFlags } from './session-flags.js';
import { sessionName } from './session-view.js';

/**
 * `hawser session close`: closes the sessions that have one of the names, as listed or those of their hosts.
 *
 * @returns the exit status: 1 where a name is no session's.
 * @throws OptionError, ParseError for what cannot be meant; ConnectError for a broker of another version.
 */
export async function closeSessions(
  names: readonly string[],
  flags: SessionCloseFlags,
  context: Context,
): Promise<number> {
  if (names.length > 0 === (flags.all === true)) {
    throw new OptionError('Expected sessions to close, or --all: hawser session ls lists them.');
  }
  const wanted = names.flatMap((name) => [...HostSet.parse(name)]);
  const { output } = context;
  await using broker = await findBroker();
  if (flags.all === true) {
    await broker?.closeAll();
    return 0;
  }
  const open = (await broker?.list()) ?? [];
  let missing = false;
  for (const name of wanted) {
    const found = open.filter((session) => isCalled(session, name));
    if (found.length === 0) output.note(`${oneLine(name)}: no session is open\n`);
    missing ||= found.length === 0;
    await Promise.all(found.map((session) => broker?.close(session.id)));
  }
  return missing ? 1 : 0;
}

function isCalled(session: SessionInfo, name: string): boolean {
  const { host, username, port } = session;
  const names = [session.id, session.key, sessionName(session), host, `${username}@${host}`, `${host}:${port}`];
  return names.includes(name);
}
