import type { Abortable } from '../../core/abort.js';
import type { Target } from '../../inventory/target.js';
import { answerScope } from '../../session/broker/answer-scope.js';
import type { BrokerClient } from '../../session/broker/broker-client.js';

/** Whether a broker keeps sessions to such a machine. */
export function isForBroker({ protocol = 'ssh' }: Target): boolean {
  return protocol === 'ssh' || protocol === 'openssh';
}

/** Those of the targets that a broker has sessions of. Throws TimeoutError where it does not answer. */
export async function sessionsAmong(
  targets: readonly Target[],
  broker: BrokerClient,
  o: Abortable = {},
): Promise<readonly Target[]> {
  const possible = targets.filter(isForBroker);
  using scope = answerScope(broker, o.signal);
  const found = await broker.find(possible, { signal: scope.signal });
  return possible.filter((_, index) => found[index]);
}
