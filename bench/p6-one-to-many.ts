import { join } from 'node:path';
import { compare } from './lib/comparison.js';
import { startManyHosts } from './lib/many-hosts.js';
import { readsCounted } from './lib/reads-counted.js';
import type { Row } from './lib/row.js';
import { makeFile, makeScratch } from './lib/scratch.js';
import { nodeWorkload } from './lib/workload.js';
import type { OneToManyJob } from './workloads/one-to-many-job.js';

const HOSTS = 50;
const MEBIBYTES = 64;

/** One file to many hosts at once: it is read once, and never held whole. All hosts have one disk here, in memory. */
export const row: Row = {
  id: 'P6',
  title: `one file of ${MEBIBYTES} MiB to ${HOSTS} connected hosts at once`,
  async run({ rounds }) {
    await using rig = await startManyHosts(HOSTS);
    await using scratch = await makeScratch();
    const from = join(scratch.path, 'from');
    await makeFile(from, MEBIBYTES);
    const job: OneToManyJob = { login: rig.login, hosts: rig.hosts, from, to: join(scratch.path, 'to') };
    const collecting = ['--expose-gc'];
    const name = 'hawser';
    const counted = 'hawser, its reads counted';
    return [
      await compare(
        {
          title: 'memory, and what it costs',
          contenders: [nodeWorkload(name, 'one-to-many-hawser.js', job, { nodeOptions: collecting })],
          measures: [
            { name: 'peakMiB', title: 'peak over idle', unit: 'MiB' },
            { name: 'cpuMs', title: 'client CPU', unit: 'ms' },
            { name: 'wallMs', title: 'wall', unit: 'ms' },
          ],
          targets: [{ measure: 'peakMiB', ours: name, most: 64 }],
        },
        rounds,
      ),
      await compare(
        {
          title: 'what is read of the file',
          contenders: [readsCounted(counted, from, 'one-to-many-hawser.js', job, collecting)],
          measures: [{ name: 'readMiB', title: 'read', unit: 'MiB' }],
          targets: [{ measure: 'readMiB', ours: counted, most: MEBIBYTES }],
        },
        1,
      ),
    ];
  },
};
