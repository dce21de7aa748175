import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../../src/connection/connection.js';
import { createConnection } from '../../../src/connection/create-connection.js';
import { askShell } from '../../../src/remote/batch/ask-shell.js';
import { parseRecords } from '../../../src/remote/batch/parse-records.js';
import { readRecords } from '../../../src/remote/batch/read-records.js';
import { startSubmission } from '../../../src/remote/batch/start-submission.js';
import { submitHelper } from '../../../src/remote/batch/submit-helper.js';
import { describeReal, type Sshd, startSshd, waitUntil } from '../../rigs/rigs.js';

/** Login shells, each with a start-up file that prints. */
const SHELLS = ['/usr/bin/tcsh', '/usr/bin/fish'].filter((shell) => {
  if (!existsSync(shell)) console.warn(`SKIPPED jobs under the login shell ${shell}: it is not installed`);
  return existsSync(shell);
});

describeReal(['sshd'], 'jobs on a machine', () => {
  describe.each(['/bin/sh', ...SHELLS])('with the login shell %s', (shell) => {
    let server: Sshd;
    let connection: Connection;
    let directory: string;
    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'hawser-far-shells-'));
      // The account is another one than this process's.
      await chmod(directory, 0o777);
      server = await startSshd({
        keys: ['ed25519'],
        config: {
          ForceCommand: `echo welcome; echo 'no quota' >&2; export SHELL=${shell}; exec ${shell} -c "$SSH_ORIGINAL_COMMAND"`,
        },
      });
      const { host, port, identity: privateKey, knownHosts, user: username } = server;
      connection = createConnection({ host, port, username, privateKey, knownHosts, agent: false, sshConfig: false });
      await connection.connect();
    });
    afterAll(async () => {
      await connection?.close();
      await server?.stop();
      await rm(directory, { recursive: true, force: true });
    });

    it('answer a script with nothing but its own words', async () => {
      const cwd = directory;
      expect(await askShell(connection, "echo \"it's\"; echo '!x' >&2; exit 3", { cwd })).toEqual({
        status: 3,
        stdout: "it's\n",
        stderr: '!x\n',
      });
      expect((await askShell(connection, `pwd; : ${'x'.repeat(10_000)}`, { cwd })).stdout).toBe(`${directory}\n`);
    });

    it('are submitted also when who submits is cut off, once', async () => {
      const job = join(directory, 'job');
      const cwd = job;
      await askShell(connection, `umask 077; mkdir ${job} ${job}/r; chmod 711 ${job} ${job}/r`);
      const submitLine = 'while [ ! -e go ]; do sleep 0.05; done; echo ran >>runs; echo 17';
      await writeFile(join(job, 'r', 'helper'), submitHelper({ submitLine, idFilter: 'cat' }));
      await writeFile(join(job, 'r', 'READY'), '');
      const cutOff = new AbortController();
      const start = askShell(connection, startSubmission('r'), { cwd, signal: cutOff.signal });
      const failed = expect(start).rejects.toThrow();
      await waitUntil('the submit line', () => existsSync(join(job, 'r', 'submit.lock', 'begun')));
      cutOff.abort();
      await failed;
      await connection.disconnect();
      await connection.connect();
      await writeFile(join(job, 'go'), '');
      const again = await askShell(connection, startSubmission('r'), { cwd });
      expect(parseRecords(again.stdout).get('r')).toMatchObject({ id: '17', submit: { status: 0, stdout: '17\n' } });
      const read = await askShell(connection, readRecords([join(job, 'r')]));
      expect([...parseRecords(read.stdout).values()]).toMatchObject([{ id: '17' }]);
      expect(await readFile(join(job, 'runs'), 'utf8')).toBe('ran\n');
    });
  });
});
