import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { connect } from '../../../../../src/connection/create-connection.js';
import { startTestFleet } from '../../../../../src/testing/test-fleet.js';

describe('why a path leads nowhere', () => {
  it('is that nothing was there, though somebody has put a file there by now', async () => {
    await using fleet = await startTestFleet();
    const [host] = fleet.hosts;
    if (host === undefined) throw new Error('There is a host.');
    await using connection = await connect(host.target);
    await connection.fs.readdir('.');
    const path = join(host.directory, 'file');
    // The server tells no reason: it is looked for, with LSTAT, after the call that failed.
    host.faults.onSftp = (request) => {
      if (request === 'lstat') writeFileSync(path, 'x');
      return 'serve';
    };
    await expect(connection.fs.stat('file')).rejects.toMatchObject({ code: 'ENOENT' });
    rmSync(path);
    await expect(connection.fs.stat('file/')).rejects.toMatchObject({ code: 'ENOTDIR' });
  });
});
