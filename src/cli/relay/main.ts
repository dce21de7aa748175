// The broker of who uses the command line, as a process of its own. It does simple runs by itself as well.
import { serveBroker } from '../../session/broker/serve-broker.js';
import { RunRelay } from './run-relay.js';

await serveBroker((broker) => RunRelay.listen(broker));
