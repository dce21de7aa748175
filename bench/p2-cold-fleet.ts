import { CPU_AND_WALL, compare } from './lib/comparison.js';
import { startManyHosts } from './lib/many-hosts.js';
import type { Row } from './lib/row.js';
import { nodeWorkload, pythonWorkload } from './lib/workload.js';
import type { FleetJob } from './workloads/fleet-job.js';

/** What it costs to reach a hundred hosts for the first time. The modules are loaded before the clock starts. */
export const row: Row = {
  id: 'P2',
  title: 'connect and execute on 100 hosts, 64 at once',
  async run({ rounds }) {
    await using rig = await startManyHosts(100, {});
    const job: FleetJob = { login: rig.login, hosts: rig.hosts, atOnce: 64 };
    const contenders = [
      nodeWorkload('hawser', 'fleet-hawser.js', job),
      nodeWorkload('ssh2 as it comes', 'fleet-ssh2.js', { ...job, usage: 'as it comes' }),
      nodeWorkload('ssh2 used well', 'fleet-ssh2.js', { ...job, usage: 'used well' }),
      await pythonWorkload('asyncssh', 'fleet_asyncssh.py', 'asyncssh', job),
    ];
    const plan = {
      title: 'all 100 hosts',
      contenders,
      measures: CPU_AND_WALL,
      targets: [
        { measure: 'cpuMs', ours: 'hawser', against: 'asyncssh', most: 0.6 },
        { measure: 'cpuMs', ours: 'hawser', against: 'ssh2 as it comes', most: 0.8 },
        { measure: 'cpuMs', ours: 'hawser', against: 'ssh2 used well' },
      ],
    };
    return [await compare(plan, rounds)];
  },
};
