import type { Abortable } from '../../core/abort.js';
import type { BrokerClient } from '../../session/broker/broker-client.js';
import type { SessionBrokerOptions } from '../../session/broker/broker-options.js';
import { connectBroker as connect } from '../../session/broker/connect-broker.js';

/** As `SessionBroker.connect`; a broker that is started for it does simple runs by itself (`relay/`). */
export function connectBroker(o: SessionBrokerOptions & Abortable = {}): Promise<BrokerClient> {
  return connect(o, new URL('../relay/main.js', import.meta.url));
}
