import { join } from 'node:path';
import { type Comparison, CPU_AND_WALL, compare } from './lib/comparison.js';
import { SAME_ALGORITHMS, startManyHosts } from './lib/many-hosts.js';
import type { Row } from './lib/row.js';
import { makeFile, makeScratch } from './lib/scratch.js';
import { transferContenders } from './lib/transfers.js';

const MEBIBYTES = 512;

const TARGETS = [
  { measure: 'wallMs', ours: 'hawser', against: 'sftp', most: 1 },
  { measure: 'wallMs', ours: 'hawser', against: 'asyncssh', most: 0.5 },
] as const;

/** One big file, from the connect to the end. Both ends lie in memory: what is measured is the way between them. */
export const row: Row = {
  id: 'P4',
  title: `connect, and one file of ${MEBIBYTES} MiB there or back`,
  async run({ rounds }) {
    await using scratch = await makeScratch();
    const from = join(scratch.path, 'from');
    await makeFile(from, MEBIBYTES);
    const comparisons: Comparison[] = [];
    for (const [manner, config] of [
      ['as it comes', {}],
      ['the same cipher for all', SAME_ALGORITHMS],
    ] as const) {
      await using rig = await startManyHosts(1, config);
      for (const direction of ['upload', 'download'] as const) {
        const job = { login: rig.login, host: rig.hosts[0], direction, from, to: join(scratch.path, 'to') };
        const contenders = await transferContenders(job, scratch.path);
        const first = manner === 'as it comes';
        const plan = {
          title: `${direction}, ${manner}`,
          // What is many times slower need not be waited for twice.
          contenders: first ? contenders : contenders.filter(({ name }) => name !== 'asyncssh'),
          measures: CPU_AND_WALL,
          targets: first ? TARGETS : [],
        };
        comparisons.push(await compare(plan, rounds));
      }
    }
    return comparisons;
  },
};
