import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Connection } from '../../../src/connection/connection.js';
import { createConnection } from '../../../src/connection/create-connection.js';
import { AuthError, HostKeyError } from '../../../src/core/errors.js';
import { describeReal, type Sshd, startSshd, waitUntil } from '../../rigs/rigs.js';
import { errorOf, targetOf } from '../ssh/target.js';

const run = promisify(execFile);
const SOON = { attempts: 1000, delay: 5, maxDelay: 50 } as const;

describeReal(['sshd'], 'a server that comes back', () => {
  let server: Sshd;
  let directory: string;
  const made: Connection[] = [];
  beforeAll(async () => {
    server = await startSshd({ keys: ['ed25519'] });
    directory = dirname(server.knownHosts);
  });
  afterEach(async () => {
    await Promise.all(made.splice(0).map((connection) => connection.close()));
  });
  afterAll(async () => server?.stop());

  const connectTo = async (protocol: 'ssh' | 'openssh'): Promise<Connection> => {
    const connection = createConnection(targetOf(server, { protocol }), undefined, { reconnect: SOON });
    made.push(connection);
    // The process that serves it is there by then: one that is only being made might outlive its server.
    await connection.execute('true');
    return connection;
  };
  /** What the server has written since a moment. */
  const watchLog = async (): Promise<(words: RegExp) => Promise<number>> => {
    const { length } = await server.log();
    return async (words) => (await server.log()).slice(length).match(words)?.length ?? 0;
  };
  /** Restarts the server with another text in its files, and puts them right again afterwards. */
  const restartWith = async (change: () => Promise<void>, files: readonly string[], work: () => Promise<void>) => {
    const paths = files.map((name) => join(directory, name));
    const before = await Promise.all(paths.map((path) => readFile(path)));
    await change();
    try {
      await server.restart();
      await work();
    } finally {
      await Promise.all(paths.map((path, i) => writeFile(path, before[i] ?? '')));
      await server.restart();
    }
  };

  for (const protocol of ['ssh', 'openssh'] as const) {
    it(`is gone on with where it has the same host key (${protocol})`, async () => {
      const connection = await connectTo(protocol);
      const reconnected = once(connection, 'reconnected');
      await server.restart();
      await reconnected;
      expect((await connection.execute('echo back')).stdout).toBe('back\n');
    });

    it(`is refused where it has another host key, and not asked again (${protocol})`, async () => {
      const connection = await connectTo(protocol);
      const attempts: number[] = [];
      connection.on('reconnecting', ({ attempt }) => attempts.push(attempt));
      const lost = once(connection, 'lost');
      const visits = await watchLog();
      const another = async (): Promise<void> => {
        const key = join(directory, 'host_ed25519');
        await Promise.all([rm(key), rm(`${key}.pub`)]);
        await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
      };
      await restartWith(another, ['host_ed25519', 'host_ed25519.pub'], async () => {
        await lost;
        // Who came in time hears of it, and who comes too late asks again and is refused by himself.
        const error = await errorOf(connection.execute('true'), HostKeyError);
        expect(error).toMatchObject({ reason: 'mismatch', retryable: false });
        await waitUntil('the end of it', () => connection.state === 'disconnected');
        const made = attempts.length;
        await errorOf(connection.execute('true'), HostKeyError);
        expect([connection.state, attempts.length]).toEqual(['disconnected', made]);
        expect(await visits(/Accepted/g)).toBe(0);
      });
      expect((await connection.execute('echo back')).stdout).toBe('back\n');
    });

    it(`that refuses the login now is asked once, and not again (${protocol})`, async () => {
      const connection = await connectTo(protocol);
      const config = join(directory, 'sshd_config');
      const refuse = async (): Promise<void> => {
        const text = await readFile(config, 'utf8');
        await writeFile(config, text.replace(/^AuthorizedKeysFile .*$/m, 'AuthorizedKeysFile /nonexistent/keys'));
      };
      const visits = await watchLog();
      const lost = once(connection, 'lost');
      const disconnected = new Promise<void>((resolve) => {
        connection.on('state', (state) => {
          if (state === 'disconnected') resolve();
        });
      });
      await restartWith(refuse, ['sshd_config'], async () => {
        await Promise.all([lost, disconnected]);
        const refused = /Connection (?:closed|reset) by authenticating user/g;
        await waitUntil('the server to have noted it', async () => (await visits(refused)) > 0);
        // The next call asks once more: had it been asked between, there would be more.
        await errorOf(connection.execute('true'), AuthError);
        await waitUntil('the server to have noted that', async () => (await visits(refused)) > 1);
        expect(await visits(/Connection from/g)).toBe(2);
      });
    });
  }
});
