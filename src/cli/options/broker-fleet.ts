import { HawserError } from '../../core/hawser-error.js';
import { Fleet } from '../../fleet/fleet.js';
import type { MultiOptions } from '../../fleet/fleet-options.js';
import type { Target } from '../../inventory/target.js';
import type { BrokerClient } from '../../session/broker/broker-client.js';
import { SessionBroker } from '../../session/broker/session-broker.js';
import type { Context } from '../context.js';
import { connectBroker } from './connect-broker.js';
import type { SessionChoice } from './session-option.js';
import { isForBroker, sessionsAmong } from './sessions-among.js';
import { tellWithoutSessions } from './tell-without-sessions.js';

/** A fleet some hosts of which are reached through a broker's sessions. Closing it leaves those open. */
export class BrokerFleet extends Fleet {
  readonly #broker: BrokerClient;

  /** `through` says of each target whether it goes through the broker, whose client the fleet owns from now on. */
  constructor(
    targets: readonly Target[],
    limits: MultiOptions,
    broker: BrokerClient,
    through: (target: Target) => boolean,
  ) {
    const members = targets.map((target) => (through(target) ? broker.connection(target) : target));
    super(members, limits);
    this.#broker = broker;
    for (const [key, connection] of [...this.entriesAll()]) this.set(key, connection, { own: true });
  }

  override async close(): Promise<void> {
    await super.close();
    await this.#broker.disconnect();
  }
}

/**
 * The fleet of the targets, through the sessions of a broker as `--session` says: `always` starts one where none runs,
 * and lets all hosts go through it that are reached by SSH; `auto` those that have a session already.
 *
 * @throws with `always`, OptionError where the broker's socket has no safe place, and ConnectError where none can be
 *   started, or one of another version runs.
 */
export async function brokerFleet(
  targets: readonly Target[],
  limits: MultiOptions,
  choice: Exclude<SessionChoice, 'never'>,
  { output }: Context,
): Promise<Fleet> {
  if (choice === 'always') return new BrokerFleet(targets, limits, await connectBroker(), isForBroker);
  let broker: BrokerClient | undefined;
  try {
    broker = await SessionBroker.find();
    const open = new Set(broker === undefined ? [] : await sessionsAmong(targets, broker));
    if (broker !== undefined && open.size > 0) return new BrokerFleet(targets, limits, broker, (one) => open.has(one));
  } catch (error) {
    // Sessions are a gain where they are to be had, and nobody asked for them.
    if (!(error instanceof HawserError)) throw error;
    tellWithoutSessions(output, error);
  }
  await broker?.disconnect();
  return new Fleet(targets, limits);
}
