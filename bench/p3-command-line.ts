import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CPU_AND_WALL, compare, type Target } from './lib/comparison.js';
import { startManyHosts } from './lib/many-hosts.js';
import type { Row } from './lib/row.js';
import { sshConfig } from './lib/ssh-config.js';
import { commandContender } from './lib/workload.js';

const AT_ONCE = '64';

/** One command on a hundred hosts from the shell, each program as it is started there. */
export const row: Row = {
  id: 'P3',
  title: `the command line: one command on 100 hosts, ${AT_ONCE} at once`,
  async run({ rounds, root }) {
    await using rig = await startManyHosts(100, {});
    const directory = await mkdtemp(join(tmpdir(), 'hawser-bench-'));
    try {
      // One file of settings for all.
      const config = join(directory, 'config');
      const hostsFile = join(directory, 'hosts');
      await writeFile(config, sshConfig(rig.login));
      await writeFile(hostsFile, `${rig.hosts.join('\n')}\n`);
      const main = join(root, 'dist/cli/main.js');
      const contenders = [
        commandContender('hawser run', process.execPath, [
          ...[
            main,
            'run',
            '-F',
            config,
            '-f',
            hostsFile,
            '--batch-size',
            AT_ONCE,
            '--connect-concurrency',
            AT_ONCE,
            '--',
            'true',
          ],
        ]),
        commandContender('clush', 'clush', [
          '-S',
          '-o',
          `-F ${config}`,
          '-f',
          AT_ONCE,
          '--hostfile',
          hostsFile,
          'true',
        ]),
        commandContender('pssh', 'parallel-ssh', ['-x', `-F ${config}`, '-p', AT_ONCE, '-h', hostsFile, 'true']),
      ];
      const targets = ['clush', 'pssh'].flatMap((against): Target[] => [
        { measure: 'wallMs', ours: 'hawser run', against, most: 0.33 },
        { measure: 'cpuMs', ours: 'hawser run', against, most: 0.08 },
      ]);
      return [await compare({ title: 'from start to end', contenders, measures: CPU_AND_WALL, targets }, rounds)];
    } finally {
      await rm(directory, { recursive: true });
    }
  },
};
