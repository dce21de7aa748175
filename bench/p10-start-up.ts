import { join } from 'node:path';
import { CPU_AND_WALL, compare } from './lib/comparison.js';
import type { Row } from './lib/row.js';
import { commandContender } from './lib/workload.js';

/** How long a user waits for nothing: of the program as it is shipped. */
export const row: Row = {
  id: 'P10',
  title: 'starting up',
  async run({ rounds, root }) {
    const main = join(root, 'dist/cli/main.js');
    const node = process.execPath;
    const plan = {
      title: 'from start to end',
      contenders: [
        commandContender('node -e 0', node, ['-e', '0']),
        commandContender('hawser --version', node, [main, '--version']),
        commandContender('hawser run', node, [main, 'run', '-H', 'local:', '--', 'true']),
      ],
      measures: CPU_AND_WALL,
      targets: CPU_AND_WALL.flatMap(({ name }) => [
        { measure: name, ours: 'hawser --version', against: 'node -e 0', most: 1.5 },
        { measure: name, ours: 'hawser run', against: 'node -e 0', most: 3 },
      ]),
    };
    // A start is short: more of them make up for what else the machine does.
    return [await compare(plan, rounds * 4)];
  },
};
