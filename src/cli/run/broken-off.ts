import { targetKey } from '../../inventory/format-target.js';
import { brokerSocket } from '../../session/broker/socket-place.js';
import { brokeOff } from '../../transport/broker/broken-off.js';
import { act } from '../act.js';
import { makeTarget, targetFields } from '../options/make-targets.js';
import { keepRun, makeKeeper } from './keep-run.js';
import type { PlainRun } from './plain-run.js';

/** Says that the broker has ended while it did a run, and keeps that nobody knows how the run went. */
export function keepBrokenOff({ name, command, flags }: PlainRun): Promise<void> {
  return act(flags, async (context) => {
    const target = makeTarget(name, targetFields(flags), undefined);
    const keeper = await makeKeeper([{ key: targetKey(target), host: target.host }], command, flags, context);
    keepRun(keeper, context, false);
    throw brokeOff(brokerSocket());
  });
}
