import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HostLogEntry } from '../../../src/testing/host-log.js';
import { startTestFleet, type TestFleet } from '../../../src/testing/test-fleet.js';
import type { TestHost } from '../../../src/testing/test-host.js';
import { waitUntil } from '../../rigs/wait-until.js';
import { connectTo, ended, open, run, signalAfterEof } from './ssh-client.js';

let fleet: TestFleet;
let host: TestHost;

beforeEach(async () => {
  fleet = await startTestFleet();
  host = fleet.host('host1');
});

afterEach(() => fleet.close());

/** Resolves with the next log entry of that kind, or with one that is there. */
async function seen(what: HostLogEntry['what']): Promise<HostLogEntry> {
  for (;;) {
    const found = host.log.find((entry) => entry.what === what);
    if (found) return found;
    await once(host, 'log');
  }
}

/** A process that has ended and that nobody has asked after (a zombie) is not alive. */
function alive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

describe('a command on a test host', () => {
  it('gives its output, its errors and its status', async () => {
    const client = await connectTo(host);
    expect(await run(client, 'echo out; echo err >&2; exit 7')).toEqual({
      stdout: 'out\n',
      stderr: 'err\n',
      code: 7,
      signal: undefined,
    });
    expect(host.commands).toEqual(['echo out; echo err >&2; exit 7']);
    client.end();
  });

  it('starts in the private home and sees no environment but its own', async () => {
    process.env['HAWSER_TEST_LEAK'] = 'leaked';
    const client = await connectTo(host);
    const { stdout } = await run(client, 'pwd; echo $HOME; echo $USER; echo "[$HAWSER_TEST_LEAK]"');
    delete process.env['HAWSER_TEST_LEAK'];
    expect(stdout).toBe(`${host.directory}\n${host.directory}\ntester\n[]\n`);
    client.end();
  });

  it('is told of a death by signal', async () => {
    const client = await connectTo(host);
    expect(await run(client, 'kill -KILL $$')).toMatchObject({ code: null, signal: 'SIGKILL' });
    client.end();
  });

  it('is reached by a signal request, with all its children, after the end of its input too', async () => {
    const client = await connectTo(host);
    const channel = await open(client, 'sleep 1000 & echo $!; wait');
    const [line] = await once(channel, 'data');
    const child = Number(String(line));
    const end = ended(channel);
    channel.end();
    signalAfterEof(client, channel, 'TERM');
    expect(await end).toMatchObject({ signal: 'SIGTERM' });
    await waitUntil('the death of the child', () => !alive(child));
    client.end();
  });

  it('reads its input to the end, and no faster than it can', async () => {
    const client = await connectTo(host);
    const channel = await open(client, 'read first; echo go; cat | wc -c');
    const size = 32 * 1024 * 1024;
    const end = ended(channel);
    channel.write('first\n');
    expect(channel.write(Buffer.alloc(size))).toBe(false);
    channel.end();
    expect((await end).stdout.replaceAll(' ', '')).toBe(`go\n${size}\n`);
    client.end();
  });

  it('is held back by a client that does not read', async () => {
    const client = await connectTo(host);
    const channel = await open(
      client,
      'i=0; while [ $i -lt 64 ]; do head -c 1048576 /dev/zero; i=$((i+1)); echo $i > progress; done',
    );
    await once(channel, 'readable');
    const before = process.memoryUsage.rss();
    for (let i = 0; i < 50; i++) await run(client, 'true');
    const { stdout } = await run(client, 'cat progress');
    expect(Number(stdout)).toBeLessThan(16);
    expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 1024 * 1024);
    expect((await ended(channel)).stdout.length).toBe(64 * 1024 * 1024);
    client.end();
  });

  it('keeps both streams whole where both have to wait for the window', async () => {
    const client = await connectTo(host);
    const half = 'seq 1 700000';
    const channel = await open(client, `${half} >&2 & ${half}; wait`);
    for (const stream of [channel, channel.stderr]) {
      stream.on('data', () => {
        stream.pause();
        setImmediate(() => stream.resume());
      });
    }
    channel.end();
    const { stdout, stderr } = await ended(channel);
    const expected = Array.from({ length: 700_000 }, (_, i) => `${i + 1}\n`).join('');
    expect(stdout === expected).toBe(true);
    expect(stderr === expected).toBe(true);
    client.end();
  });

  it('leaves its channel open while a child holds its output, as with sshd', async () => {
    const client = await connectTo(host);
    const channel = await open(client, 'mkfifo gate; (read x < gate; echo late) & echo early; exit 3');
    channel.end();
    const end = ended(channel);
    expect(await once(channel, 'exit')).toMatchObject([3]);
    await run(client, 'echo > gate');
    expect(await end).toMatchObject({ stdout: 'early\nlate\n', code: 3 });
    client.end();
  });

  it('says why it could not start', async () => {
    const client = await connectTo(host);
    await rm(host.directory, { recursive: true });
    expect(await run(client, 'true')).toMatchObject({ code: 255, stderr: expect.stringContaining('ENOENT') });
    client.end();
  });

  it('gets the variables that the client sends', async () => {
    const client = await connectTo(host);
    const end = await new Promise((resolve, reject) => {
      client.exec('echo $GREETING $HOME', { env: { GREETING: 'ahoy', HOME: '/elsewhere' } }, (error, channel) =>
        error ? reject(error) : resolve(ended(channel)),
      );
    });
    expect(end).toMatchObject({ stdout: `ahoy ${host.directory}\n` });
    client.end();
  });

  it('gets a terminal of the size asked for', async () => {
    const client = await connectTo(host);
    const channel = await new Promise<Awaited<ReturnType<typeof open>>>((resolve, reject) => {
      const pty = { rows: 33, cols: 99, term: 'vt100' };
      client.exec('tty; stty size; echo $TERM; exit 5', { pty }, (error, opened) =>
        error ? reject(error) : resolve(opened),
      );
    });
    const { stdout, code } = await ended(channel);
    expect(stdout).toMatch(/^\/dev\/pts\/\d+\r\n33 99\r\nvt100\r\n$/);
    expect(code).toBe(5);
    client.end();
  });

  it('is interrupted from its terminal', async () => {
    const client = await connectTo(host);
    const channel = await open(client, 'cat', true);
    const end = ended(channel);
    let shown = '';
    channel.on('data', (chunk: Buffer) => {
      shown += chunk.toString();
      // Once by the terminal, once by cat: it runs.
      if (shown === 'line\r\nline\r\n') channel.write('\x03');
    });
    channel.write('line\n');
    expect((await end).code).toBe(130);
    client.end();
  });
});

describe('a shell on a test host', () => {
  it('takes commands from its input', async () => {
    const client = await connectTo(host);
    const channel = await new Promise<Awaited<ReturnType<typeof open>>>((resolve, reject) => {
      client.shell(false, (error, opened) => (error ? reject(error) : resolve(opened)));
    });
    const end = ended(channel);
    channel.end('echo $((6*7))\nexit 4\n');
    expect(await end).toMatchObject({ stdout: '42\n', code: 4 });
    client.end();
  });
});

describe('the end of a connection', () => {
  it('kills what the connection started', async () => {
    const client = await connectTo(host);
    const channel = await open(client, 'sleep 1000 & echo $! $$; wait');
    const [line] = await once(channel, 'data');
    const pids = String(line).trim().split(' ').map(Number);
    client.end();
    await seen('exit');
    await fleet.close();
    await waitUntil('the death of both', () => !pids.some(alive));
  });

  it('leaves what left its process group to the end of the fleet', async () => {
    const client = await connectTo(host);
    const daemon = "setsid sh -c 'echo $$ > pid; exec sleep 1000' </dev/null >/dev/null 2>&1 &";
    const { stdout } = await run(client, `${daemon} until [ -s pid ]; do :; done; cat pid`);
    const pid = Number(stdout);
    client.end();
    await seen('disconnect');
    expect(alive(pid)).toBe(true);
    await fleet.close();
    await waitUntil('the death of the daemon', () => !alive(pid));
  });
});

describe('a test fleet', () => {
  it('keeps what is private private', () => {
    const directory = dirname(fleet.knownHosts);
    const mode = (path: string): number => statSync(path).mode & 0o777;
    expect([mode(directory), mode(fleet.knownHosts), mode(fleet.identityFile), mode(host.directory)]).toEqual([
      0o700, 0o600, 0o600, 0o700,
    ]);
  });

  it('leaves nothing behind, and may be closed twice', async () => {
    const client = await connectTo(host);
    client.on('error', () => {});
    const { port } = host;
    await Promise.all([fleet.close(), fleet.close()]);
    expect(existsSync(dirname(fleet.knownHosts))).toBe(false);
    expect(host.connections).toBe(0);
    const [error] = await once(connect(port, '127.0.0.1'), 'error');
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('starts a hundred hosts', async () => {
    await using many = await startTestFleet({ hosts: 100 });
    expect(new Set(many.targets.map(({ port }) => port)).size).toBe(100);
    expect(new Set(many.hosts.map(({ publicKey }) => publicKey)).size).toBe(100);
    expect(many.targets[99]?.key).toBe('host100');
  });

  it('refuses options that cannot be meant', async () => {
    await expect(startTestFleet({ hosts: 0 })).rejects.toThrow('`hosts`');
    await expect(startTestFleet({ hosts: ['a', 'a'] })).rejects.toThrow('a twice');
    await expect(startTestFleet({ hosts: ['../a'] })).rejects.toThrow('names of letters');
    await expect(startTestFleet({ auth: ['password'] })).rejects.toThrow('`password`');
    await expect(startTestFleet({ authorizedKeys: ['nonsense'] })).rejects.toThrow('`authorizedKeys`');
    const misspelt: object = { refuseExecs: true };
    await expect(startTestFleet({ faults: misspelt })).rejects.toThrow('`refuseExecs`');
  });
});

const sshPresent = existsSync('/usr/bin/ssh');
if (!sshPresent) console.warn('SKIPPED: there is no ssh program, so OpenSSH was not tried as a client of test hosts.');

describe.skipIf(!sshPresent)('the system ssh', () => {
  const ssh = promisify(execFile);

  it('gets in by name, strictly, and gives the exit status', async () => {
    const outcome = ssh('ssh', ['-F', fleet.sshConfig, 'host1', 'echo hello; exit 9']).catch((error: unknown) => error);
    expect(await outcome).toMatchObject({ code: 9, stdout: 'hello\n' });
  });

  it('goes through one host to another', async () => {
    await using two = await startTestFleet({ hosts: ['bastion', 'inner'] });
    const { stdout } = await ssh('ssh', ['-F', two.sshConfig, '-J', 'bastion', 'inner', 'echo $HOME']);
    expect(stdout).toBe(`${two.host('inner').directory}\n`);
    expect(two.host('bastion').log.map(({ what }) => what)).toContain('dial');
  });
});
