import { join } from 'node:path';
import { CPU_AND_WALL, compare } from './lib/comparison.js';
import { startLongLine } from './lib/long-line.js';
import { startManyHosts } from './lib/many-hosts.js';
import type { Row } from './lib/row.js';
import { makeFile, makeScratch } from './lib/scratch.js';
import { transferContenders } from './lib/transfers.js';

const MEBIBYTES = 256;
const ROUND_TRIP_MS = 40;

/** One big file over a long line that loses nothing: what is under way at once decides. */
export const row: Row = {
  id: 'P7',
  title: `connect, and download one file of ${MEBIBYTES} MiB at ${ROUND_TRIP_MS} ms a round trip`,
  async run({ rounds }) {
    await using rig = await startManyHosts(1, {});
    await using line = await startLongLine(rig, ROUND_TRIP_MS);
    await using scratch = await makeScratch();
    const from = join(scratch.path, 'from');
    await makeFile(from, MEBIBYTES);
    const job = {
      login: line.login,
      host: rig.hosts[0],
      direction: 'download',
      from,
      to: join(scratch.path, 'to'),
    } as const;
    const plan = {
      title: `download at ${ROUND_TRIP_MS} ms a round trip`,
      contenders: await transferContenders(job, scratch.path),
      measures: CPU_AND_WALL,
      targets: [
        { measure: 'wallMs', ours: 'hawser', against: 'sftp', most: 1 },
        { measure: 'wallMs', ours: 'hawser', against: 'asyncssh' },
      ],
    };
    return [await compare(plan, rounds)];
  },
};
