import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { passphrase } from './accounts.js';
import { keepProcess } from './kept-process.js';

const run = promisify(execFile);

/** An `ssh-agent` that runs. */
export interface Agent extends AsyncDisposable {
  /** Path of its socket, for `SSH_AUTH_SOCK`. */
  readonly socket: string;
  readonly pid: number;
  /** Adds a key file; the passphrase of the rigs' locked identities is known. */
  add(identity: string): Promise<void>;
  /** Forgets every key. */
  clear(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts an `ssh-agent` with its socket in a private directory, and gives it the key files in that order. */
export async function startAgent(options: { readonly identities?: readonly string[] } = {}): Promise<Agent> {
  const directory = await mkdtemp(join(tmpdir(), 'hawser-agent-'));
  const socket = join(directory, 'socket');
  const askpass = join(directory, 'askpass');
  await writeFile(askpass, `#!/bin/sh\necho '${passphrase}'\n`, { mode: 0o700 });
  const env = { ...process.env, SSH_AUTH_SOCK: socket, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' };
  const server = await keepProcess({
    command: 'ssh-agent',
    args: ['-D', '-a', socket],
    log: join(directory, 'log'),
    // Its socket is there before it listens. It answers with 1 as long as it has no key.
    ready: () =>
      run('ssh-add', ['-l'], { env }).then(
        () => true,
        (error: unknown) => Reflect.get(Object(error), 'code') === 1,
      ),
  });
  const agent: Agent = {
    socket,
    pid: server.pid,
    add: async (identity) => {
      await run('ssh-add', ['-q', identity], { env });
    },
    clear: async () => {
      await run('ssh-add', ['-q', '-D'], { env });
    },
    stop: async () => {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
    [Symbol.asyncDispose]: () => agent.stop(),
  };
  for (const identity of options.identities ?? []) await agent.add(identity);
  return agent;
}
