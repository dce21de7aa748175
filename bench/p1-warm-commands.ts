import type { SshdConfig } from '../test/rigs/sshd.js';
import { type Comparison, CPU_AND_WALL, compare, type Target } from './lib/comparison.js';
import { SAME_ALGORITHMS, startManyHosts } from './lib/many-hosts.js';
import type { Row } from './lib/row.js';
import { nodeWorkload, pythonWorkload } from './lib/workload.js';
import type { WarmCommands } from './workloads/warm-commands.js';

/**
 * What a command costs once the connection stands. paramiko 2.12 is no peer: of many short commands on one connection it
 * fails some ("Channel closed", or no status).
 */
export const row: Row = {
  id: 'P1',
  title: "execute('true') on a warm connection, 10 at once",
  async run({ rounds }) {
    const byThemselves = await measure(
      { title: 'each command, each contender by its own defaults', config: {}, targets },
      rounds,
    );
    const noLimits = targets.map(({ most: _, ...target }) => target);
    const alike = { title: 'each command, the same cipher for all', config: SAME_ALGORITHMS, targets: noLimits };
    return [byThemselves, await measure(alike, rounds)];
  },
};

const targets: readonly Target[] = [
  { measure: 'cpuMs', ours: 'hawser', against: 'asyncssh', most: 0.25 },
  { measure: 'cpuMs', ours: 'hawser', against: 'ssh2 as it comes', most: 1.3 },
  { measure: 'cpuMs', ours: 'hawser', against: 'ssh2 used well' },
];

async function measure(
  { title, config, targets }: { title: string; config: SshdConfig; targets: readonly Target[] },
  rounds: number,
): Promise<Comparison> {
  await using rig = await startManyHosts(1, config);
  const job: WarmCommands = { login: rig.login, host: rig.hosts[0], warmUp: 400, count: 1200, atOnce: 10 };
  const contenders = [
    nodeWorkload('hawser', 'warm-hawser.js', job),
    nodeWorkload('ssh2 as it comes', 'warm-ssh2.js', { ...job, usage: 'as it comes' }),
    nodeWorkload('ssh2 used well', 'warm-ssh2.js', { ...job, usage: 'used well' }),
    await pythonWorkload('asyncssh', 'warm_asyncssh.py', 'asyncssh', job),
  ];
  // Not a bare promise: the server has to live until it settles.
  return await compare({ title, contenders, measures: CPU_AND_WALL, targets }, rounds);
}
