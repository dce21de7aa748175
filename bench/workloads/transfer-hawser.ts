// hawser loads ssh2 with the first connect; the peers have theirs before the clock runs, and so it is here.
import '../../src/transport/ssh2/ssh2-transport.js';
import { connect } from '../../src/connection/create-connection.js';
import { assignment, measured, report } from '../lib/measured.js';
import { hawserTarget } from './hawser-target.js';
import type { TransferJob } from './transfer-job.js';

const { login, host, direction, from, to } = assignment<TransferJob>();
const cost = await measured(async () => {
  await using connection = await connect(hawserTarget(login, host));
  const { failed } = await connection[direction](from, to);
  if (failed[0] !== undefined) throw failed[0];
});
report(cost);
