// hawser loads ssh2 with the first connect; the peers have theirs before the clock runs, and so it is here.
import '../../src/transport/ssh2/ssh2-transport.js';
import { MultiConnection } from '../../src/fleet/multi-connection.js';
import { assignment, report } from '../lib/measured.js';
import { hawserTarget } from './hawser-target.js';
import { type IdleJob, memoryNow, perConnection } from './idle-job.js';

const { login, hosts, warmUp } = assignment<IdleJob>();
const open = (some: readonly string[]): Promise<MultiConnection> =>
  MultiConnection.open(some.map((host) => hawserTarget(login, host)));

await using _first = await open(hosts.slice(0, warmUp));
const before = await memoryNow();
await using _rest = await open(hosts.slice(warmUp));
report(perConnection(before, await memoryNow(), hosts.length - warmUp));
