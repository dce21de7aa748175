// hawser loads ssh2 with the first connect; the peers have theirs before the clock runs, and so it is here.
import '../../src/transport/ssh2/ssh2-transport.js';
import { MultiConnection } from '../../src/fleet/multi-connection.js';
import { assignment, measured, report } from '../lib/measured.js';
import type { FleetJob } from './fleet-job.js';
import { hawserTarget } from './hawser-target.js';

const { login, hosts, atOnce } = assignment<FleetJob>();
const cost = await measured(async () => {
  const targets = hosts.map((host) => hawserTarget(login, host));
  await using fleet = new MultiConnection(targets, { batchSize: atOnce, connectConcurrency: atOnce });
  const results = await fleet.execute('true');
  results.throwIfAnyFailed();
});
report(cost);
