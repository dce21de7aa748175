import { compare } from './lib/comparison.js';
import type { Row } from './lib/row.js';
import { nodeWorkload } from './lib/workload.js';

const HOSTS = 10_000;

/** What the fleet itself costs, without any network: hosts in memory that answer at once. */
export const row: Row = {
  id: 'P9',
  title: `the scheduler alone: ${HOSTS} hosts in memory, connected, 1 KiB of output each`,
  async run({ rounds }) {
    const job = { hosts: HOSTS, output: 1024 };
    const o = { nodeOptions: ['--expose-gc'] };
    const plan = {
      title: 'each host',
      contenders: [
        nodeWorkload('hawser, streamed', 'scheduler-hawser.js', { ...job, way: 'streamed' }, o),
        nodeWorkload('hawser, collected', 'scheduler-hawser.js', { ...job, way: 'collected' }, o),
        nodeWorkload('no fleet', 'scheduler-hawser.js', { ...job, way: 'bare' }, o),
      ],
      measures: [
        { name: 'cpuUs', title: 'CPU', unit: 'us' },
        { name: 'wallUs', title: 'wall', unit: 'us' },
        { name: 'growthKiB', title: 'memory from a tenth of the hosts to the last', unit: 'KiB' },
      ],
      targets: [
        { measure: 'cpuUs', ours: 'hawser, streamed', most: 50 },
        { measure: 'cpuUs', ours: 'hawser, collected', most: 50 },
        { measure: 'growthKiB', ours: 'hawser, streamed', most: 1024 },
      ],
    };
    return [await compare(plan, rounds)];
  },
};
