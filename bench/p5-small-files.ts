import { join } from 'node:path';
import { CPU_AND_WALL, compare } from './lib/comparison.js';
import { startLongLine } from './lib/long-line.js';
import { startManyHosts } from './lib/many-hosts.js';
import type { Row } from './lib/row.js';
import { makeScratch, makeTree } from './lib/scratch.js';
import { transferContenders } from './lib/transfers.js';

const FILES_EACH = 100;
const DIRECTORIES = 50;
/** `sftp -r` waits for each step of each file: over the long line it would need minutes for all of them. */
const DIRECTORIES_FAR = 5;
const ROUND_TRIP_MS = 20;

/** A tree of small files, where nothing is but round trips. */
export const row: Row = {
  id: 'P5',
  title: `connect, and upload a tree of small files (1-4 KiB); over the long line ${DIRECTORIES_FAR * FILES_EACH} of them, for all`,
  async run({ rounds }) {
    await using rig = await startManyHosts(1, {});
    await using line = await startLongLine(rig, ROUND_TRIP_MS);
    await using scratch = await makeScratch();
    const near = join(scratch.path, 'near');
    const far = join(scratch.path, 'far');
    await makeTree(near, DIRECTORIES, FILES_EACH);
    await makeTree(far, DIRECTORIES_FAR, FILES_EACH);
    const common = { host: rig.hosts[0], direction: 'upload', to: join(scratch.path, 'to') } as const;
    const direct = { ...common, login: rig.login, from: near };
    const delayed = { ...common, login: line.login, from: far };
    return [
      await compare(
        {
          title: `${DIRECTORIES * FILES_EACH} files over loopback`,
          contenders: await transferContenders(direct, scratch.path),
          measures: CPU_AND_WALL,
          targets: [{ measure: 'wallMs', ours: 'hawser', against: 'sftp', most: 0.5 }],
        },
        rounds,
      ),
      await compare(
        {
          title: `${DIRECTORIES_FAR * FILES_EACH} files at ${ROUND_TRIP_MS} ms a round trip`,
          contenders: await transferContenders(delayed, scratch.path),
          measures: CPU_AND_WALL,
          targets: [{ measure: 'wallMs', ours: 'hawser', against: 'sftp', most: 0.2 }],
        },
        rounds,
      ),
    ];
  },
};
