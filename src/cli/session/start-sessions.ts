import { outcomeOf } from '../../connection/results/outcome-of.js';
import { HawserError } from '../../core/hawser-error.js';
import type { Target } from '../../inventory/target.js';
import type { BrokerClient } from '../../session/broker/broker-client.js';
import type { Context } from '../context.js';
import { BrokerFleet } from '../options/broker-fleet.js';
import { connectBroker } from '../options/connect-broker.js';
import { formatDuration } from '../options/duration.js';
import { makeTargets } from '../options/make-fleet.js';
import { requireHosts } from '../options/select-hosts.js';
import { isForBroker } from '../options/sessions-among.js';
import { describeFailure } from '../run/describe-failure.js';
import { trustFlags } from '../run/run-flags.js';
import { Interrupts } from '../terminal/interrupts.js';
import { columnsOf, oneLine, padded } from '../terminal/text.js';
import { findBroker } from './find-broker.js';
import type { SessionStartFlags } from './session-flags.js';

/**
 * `hawser session start`: starts the broker where none runs, and opens a session to each host. What a host asks for is
 * asked here, on this terminal.
 *
 * @returns the exit status: 1 where a session could not be opened.
 * @throws OptionError, ParseError for what cannot be meant; ConnectError where no broker can be started; AbortError for a
 *   question that was not answered.
 */
export async function startSessions(
  expressions: readonly string[],
  flags: SessionStartFlags,
  context: Context,
): Promise<number> {
  const { output } = context;
  const named = [expressions, flags.hosts, flags.group, flags.hostsFile].some((some) => (some ?? []).length > 0);
  const targets = named
    ? await makeTargets(flags, context, await requireHosts(expressions, flags, context.selection(flags.sshConfig)))
    : [];
  const stop = new AbortController();
  using interrupts = Interrupts.abort(stop, output);
  if (flags.idleTimeout !== undefined && (await isRunning())) {
    output.note('A session broker runs already, and keeps its own --idle-timeout: hawser session stop ends it.\n');
  }
  await using broker = await connectBroker({ idleTimeout: flags.idleTimeout, signal: stop.signal });
  if (!named) {
    output.note('The session broker runs. To open a session: hawser session start HOST\n');
    return 0;
  }
  const failed = await openAll(broker, targets, stop.signal, flags, context);
  return interrupts.status ?? (failed ? 1 : 0);
}

/** Opens a session to each host, and says what came of it. Returns whether one could not be opened. */
async function openAll(
  broker: BrokerClient,
  targets: readonly Target[],
  signal: AbortSignal,
  flags: SessionStartFlags,
  context: Context,
): Promise<boolean> {
  const keys = targets.map(nameOf);
  const width = keys.reduce((most, key) => Math.max(most, columnsOf(oneLine(key))), 0);
  const { out: paint } = context.paints(flags);
  const say = (key: string, text: string): void => {
    context.output.write(`${paint.host(keys.indexOf(key), padded(oneLine(key), width))}  ${text}\n`);
  };
  const kept = targets.filter(isForBroker);
  const others = targets.filter((target) => !isForBroker(target));
  for (const target of others) say(nameOf(target), paint.bad('✗ not reached by SSH: there is no session to keep'));
  const live = await broker.find(kept, { signal });
  const open = new Set(kept.filter((_, index) => live[index]).map(nameOf));
  let failed = others.length > 0;
  await using fleet = new BrokerFleet(kept, {}, broker, () => true);
  for await (const { key, error, value, durationMs } of fleet.connect({ signal })) {
    if (error === undefined) {
      const how = open.has(key) ? 'open already' : 'open';
      say(key, `${paint.good(how)}  ${oneLine(value?.id ?? key)} ${paint.dim(`· ${formatDuration(durationMs)}`)}`);
      continue;
    }
    if (!(error instanceof HawserError)) throw error;
    failed = true;
    const { what, next } = describeFailure({ key, outcome: outcomeOf(error), durationMs, error }, trustFlags(flags));
    say(key, `${paint.bad(`✗ ${what}`)}${next === undefined ? '' : `  → ${next}`}`);
  }
  return failed;
}

function nameOf({ key, host }: Target): string {
  return key ?? host;
}

async function isRunning(): Promise<boolean> {
  await using broker = await findBroker();
  return broker !== undefined;
}
