import { type ComparisonPlan, compare } from './lib/comparison.js';
import { startManyHosts } from './lib/many-hosts.js';
import type { Row } from './lib/row.js';
import { nodeWorkload, pythonWorkload } from './lib/workload.js';
import type { WarmCommands } from './workloads/warm-commands.js';

/** What a command costs once the connection stands. */
export const row: Row = {
  id: 'P1',
  title: "execute('true') on a warm connection, 10 at once",
  async run({ rounds }) {
    await using rig = await startManyHosts(1);
    const job: WarmCommands = { login: rig.login, host: rig.hosts[0], warmUp: 200, count: 600, atOnce: 10 };
    const plan: ComparisonPlan = {
      title: 'each command',
      contenders: [
        nodeWorkload('hawser', 'warm-hawser.js', job),
        nodeWorkload('ssh2 as it comes', 'warm-ssh2.js', { ...job, usage: 'as it comes' }),
        nodeWorkload('ssh2 used well', 'warm-ssh2.js', { ...job, usage: 'used well' }),
        await pythonWorkload('asyncssh', 'warm_asyncssh.py', 'asyncssh', job),
        await pythonWorkload('paramiko', 'warm_paramiko.py', 'paramiko', job),
      ],
      measures: [
        { name: 'cpuMs', title: 'client CPU', unit: 'ms' },
        { name: 'wallMs', title: 'wall', unit: 'ms' },
      ],
      targets: [
        { measure: 'cpuMs', ours: 'hawser', against: 'asyncssh', most: 0.25 },
        { measure: 'cpuMs', ours: 'hawser', against: 'ssh2 as it comes', most: 1.3 },
        { measure: 'cpuMs', ours: 'hawser', against: 'ssh2 used well', most: 1.3 },
      ],
    };
    return [await compare(plan, rounds)];
  },
};
