import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CPU_AND_WALL, compare } from './lib/comparison.js';
import { startManyHosts } from './lib/many-hosts.js';
import type { Row } from './lib/row.js';
import { sshConfig } from './lib/ssh-config.js';
import { commandContender } from './lib/workload.js';

const run = promisify(execFile);
const COLD = 'ssh, cold';
const MASTER = 'ssh through a master, then node -e 0';
const OURS = 'hawser run, live session';

/** What one command costs where a session is open already; a cold start of ours is shown beside it. */
export const row: Row = {
  id: 'P12',
  title: 'one command on a host with a live session, from the shell',
  async run({ rounds, root }) {
    // As servers come: what a handshake costs is part of the question.
    await using rig = await startManyHosts(1, {});
    const directory = await mkdtemp(join(tmpdir(), 'hawser-bench-'));
    const config = join(directory, 'config');
    const master = ['-F', config, '-o', `ControlPath=${join(directory, 'master')}`];
    const node = process.execPath;
    const main = join(root, 'dist/cli/main.js');
    const [host] = rig.hosts;
    process.env['HAWSER_SESSION_SOCKET'] = join(directory, 'broker.sock');
    try {
      await writeFile(config, sshConfig(rig.login));
      await run('ssh', [...master, '-M', '-N', '-f', host]);
      await run(node, [main, 'session', 'start', '-F', config, host]);
      const words = ['run', '-F', config, '-H', host];
      const plan = {
        title: 'from start to end',
        contenders: [
          commandContender(COLD, 'ssh', ['-F', config, host, 'true']),
          commandContender(MASTER, 'sh', ['-c', '"$@" && exec "$0" -e 0', node, 'ssh', ...master, host, 'true']),
          commandContender(OURS, node, [main, ...words, '--', 'true']),
          commandContender('hawser run, cold', node, [main, ...words, '--session', 'never', '--', 'true']),
          commandContender('node -e 0', node, ['-e', '0']),
        ],
        measures: CPU_AND_WALL,
        targets: [
          { measure: 'wallMs', ours: OURS, against: COLD, most: 0.35 },
          { measure: 'wallMs', ours: OURS, against: MASTER, most: 1.3 },
          { measure: 'wallMs', ours: 'node -e 0', against: COLD },
        ],
      };
      return [await compare(plan, rounds * 4)];
    } finally {
      await run(node, [main, 'session', 'stop']);
      delete process.env['HAWSER_SESSION_SOCKET'];
      await run('ssh', [...master, '-O', 'exit', host]);
      await rm(directory, { recursive: true });
    }
  },
};
