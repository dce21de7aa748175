import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { OpenSshConnection } from '../../../src/connection/open-ssh-connection.js';
import type { Target } from '../../../src/inventory/target.js';
import { describeReal, type Sshd, startSshd, waitUntil } from '../../rigs/rigs.js';

/** An ssh that says of itself what it has to say when it has done its work. */
const LATE_WORDS = `#!/bin/sh
for word; do
  shift
  if [ "$last" = -E ]; then log=$word; word=$word.late; fi
  set -- "$@" "$word"
  last=$word
done
[ -n "$log" ] || exec ssh "$@"
ssh "$@"; status=$?
cat "$log.late" >"$log"
exit $status
`;

describeReal(['sshd'], "the system's ssh", () => {
  let server: Sshd;
  beforeAll(async () => {
    server = await startSshd({ keys: ['ed25519'] });
  });
  afterAll(() => server.stop());

  function target(o: Partial<Target> = {}): Target {
    const { host, port, user, identity, knownHosts } = server;
    return { host, port, username: user, privateKey: identity, knownHosts, agent: false, sshConfig: false, ...o };
  }

  it('runs a command, and tells its output, its errors and its status apart', async () => {
    await using connection = new OpenSshConnection({ target: target() });
    const result = await connection.execute('echo out; echo err >&2; exit 3');
    expect(result).toMatchObject({ stdout: 'out\n', stderr: 'err\n', status: 3, outcome: 'exit' });
  });

  it('gives input to a command', async () => {
    await using connection = new OpenSshConnection({ target: target() });
    expect((await connection.execute('cat', { input: 'hello' })).stdout).toBe('hello');
    expect((await connection.execute('exit 255')).status).toBe(255);
    expect((await connection.execute('kill -9 $$')).outcome).toBe('unknown');
    const all = await Promise.all(Array.from({ length: 15 }, (_, i) => connection.execute(`echo ${i}; sleep 0.2`)));
    expect(all.map((r) => r.stdout.trim())).toEqual(Array.from({ length: 15 }, (_, i) => String(i)));
  });

  it('loses nothing of a command whose end is heard of before its beginning', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'hawser-own-ssh-'));
    await chmod(directory, 0o777);
    const file = (name: string): string => join(directory, name);
    await writeFile(file('ssh'), LATE_WORDS, { mode: 0o755 });
    await using connection = new OpenSshConnection({ target: target(), sshPath: file('ssh') });
    await connection.connect();
    const wait = (name: string): string => `until [ -e ${file(name)} ]; do sleep 0.01; done`;
    const result = connection.execute(`touch ${file('runs')}; ${wait('go-on')}; echo said`);
    await waitUntil('it to run', () => existsSync(file('runs')));
    // The end of another child is what makes Node look which of them have ended.
    const another = spawn('sh', ['-c', `echo one; ${wait('go')}; echo two`]);
    another.stdout.setEncoding('utf8').on('data', (text: string) => {
      // Its last words and its end come with one turn of the event loop, and within that the command comes to its end.
      writeFileSync(file(text === 'one\n' ? 'go' : 'go-on'), '');
      until(() => ended() === (text === 'one\n' ? 1 : 2));
    });
    await once(another, 'close');
    expect(await result).toMatchObject({ stdout: 'said\n', status: 0 });
    await rm(directory, { recursive: true });
  });
});

/** The children of this process, those that have ended and were not heard of among them. */
function children(): string[] {
  return readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim().split(' ');
}

/** How many have ended and were not heard of. */
function ended(): number {
  return children().filter((pid) => / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))).length;
}

/** Waits without letting go of the event loop. */
function until(isSo: () => boolean): void {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  for (const begun = performance.now(); !isSo(); Atomics.wait(cell, 0, 0, 2)) {
    if (performance.now() - begun > 20_000) throw new Error('A child has not ended.');
  }
}
