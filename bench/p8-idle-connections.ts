import { compare } from './lib/comparison.js';
import { startManyHosts } from './lib/many-hosts.js';
import type { Row } from './lib/row.js';
import { nodeWorkload, pythonWorkload } from './lib/workload.js';
import type { IdleJob } from './workloads/idle-job.js';

const WARM_UP = 50;
const COUNTED = 200;

/** What a connection holds while nothing happens on it. */
export const row: Row = {
  id: 'P8',
  title: `memory of an open, idle connection, of ${COUNTED} after the first ${WARM_UP}`,
  async run({ rounds }) {
    await using rig = await startManyHosts(WARM_UP + COUNTED, {});
    const job: IdleJob = { login: rig.login, hosts: rig.hosts, warmUp: WARM_UP };
    const collecting = { nodeOptions: ['--expose-gc'] };
    const plan = {
      title: 'each connection',
      contenders: [
        nodeWorkload('hawser', 'idle-hawser.js', job, collecting),
        nodeWorkload('ssh2', 'idle-ssh2.js', job, collecting),
        await pythonWorkload('asyncssh', 'idle_asyncssh.py', 'asyncssh', job),
      ],
      measures: [
        { name: 'residentKiB', title: 'resident', unit: 'KiB' },
        { name: 'heldKiB', title: 'held by JavaScript', unit: 'KiB' },
      ],
      targets: [
        { measure: 'residentKiB', ours: 'hawser', most: 150 },
        { measure: 'heldKiB', ours: 'hawser', most: 150 },
        { measure: 'residentKiB', ours: 'hawser', against: 'ssh2' },
      ],
    };
    return [await compare(plan, rounds)];
  },
};
