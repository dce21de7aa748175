import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { gone, marker, running, sleepWith } from '../contract/places.js';
import { describeReal, remoteProcesses, type Sshd, startSshd, waitUntil } from '../rigs/rigs.js';
import { type BrokerPlace, brokerPlace } from './broker-process.js';
import { type Ended, hawser, main, onTerminal, start } from './hawser-process.js';

describeReal(['sshd'], 'hawser run on one host with an open session', () => {
  let sshd: Sshd;
  let place: BrokerPlace;

  beforeAll(async () => {
    sshd = await startSshd({ keys: ['ed25519'] });
    place = await brokerPlace();
    await run('session', 'start', ...flags(), sshd.host);
  });

  afterAll(async () => {
    await place?.[Symbol.asyncDispose]();
    await sshd?.stop();
  });

  const flags = (): string[] => [
    ...['-F', 'none', '-p', String(sshd.port), '-l', sshd.user],
    ...['--known-hosts', sshd.knownHosts, '-i', sshd.identity],
  ];
  const run = (...args: string[]): Promise<Ended> => hawser(args, undefined, place.env);
  /** As short a way as there is. */
  const plain = (command: string): Promise<Ended> => run('run', ...flags(), '-H', sshd.host, '--', command);
  /** The way of a fleet: it has an option that only that knows. */
  const inFull = (command: string): Promise<Ended> =>
    run('run', ...flags(), '--batch-size', '1', '-H', sshd.host, '--', command);
  /** What the broker says to who asks it to do a run. */
  const ask = async (request: string): Promise<string> => {
    const socket = createConnection(`${place.socket}.runs`);
    if (request.endsWith('\n')) socket.write(request);
    else socket.end(request);
    // It is cut off in the middle of a request that goes on for too long.
    return text(socket).catch(() => '');
  };
  const asking = (): object => ({
    version: 1,
    words: [...flags(), '-q', '-H', sshd.host, '--', 'true'],
    home: homedir(),
    env: { HAWSER_NO_RECORD: '1', XDG_CONFIG_HOME: '/nonexistent' },
    screens: { stdout: {}, stderr: {} },
  });
  const withoutTimes = ({ stderr, ...rest }: Ended): Ended => ({
    ...rest,
    stderr: stderr.replace(/ · .*/, ''),
  });

  it.each([
    ['output of both kinds, without a last line end', 'echo out; echo err >&2; printf rest'],
    ['a status', 'echo before; exit 3'],
    ['a signal', 'kill -9 $$'],
    ['a command that there is not', 'no-such-command'],
    ['bytes that are no text', String.raw`printf '\377\000\n\033[31m\n'`],
  ])('shows %s as for a fleet', async (_what, command) => {
    const [short, long] = await Promise.all([plain(command), inFull(command)]);
    expect(withoutTimes(short)).toEqual(withoutTimes(long));
  });

  it('loses nothing of much output, and makes no login', async () => {
    const before = (await sshd.log()).split('Accepted publickey').length;
    const { status, stdout } = await plain('seq 300000');
    const expected = Array.from({ length: 300_000 }, (_, i) => `${sshd.host} │ ${i + 1}\n`).join('');
    expect({ status, hash: hashOf(stdout) }).toEqual({ status: 0, hash: hashOf(expected) });
    expect((await sshd.log()).split('Accepted publickey')).toHaveLength(before);
  });

  it('ends the far program when it is interrupted', async () => {
    const mark = marker();
    await using hawser = start(['run', ...flags(), '-H', sshd.host, '--', sleepWith(mark)], undefined, place.env);
    await running(mark);
    hawser.interrupt();
    const { status, stdout, stderr } = await hawser.ended;
    expect({ status, stdout }).toEqual({ status: 130, stdout: `${sshd.host} ✗ interrupted\n` });
    expect(stderr).toContain('Interrupted: ending what runs.');
    await gone(mark);
  });

  it('leaves at once when it is interrupted twice, and the far program is ended all the same', async () => {
    const mark = marker();
    // It does not listen to what it is asked.
    const stubborn = `trap '' TERM INT HUP; ${sleepWith(mark)}; while :; do sleep 1; done`;
    await using hawser = start(['run', ...flags(), '-H', sshd.host, '--', stubborn], undefined, place.env);
    await running(mark);
    hawser.interrupt();
    await waitUntil('the first to be heard', () => hawser.stderr().includes('Interrupted: ending what runs.'));
    hawser.interrupt('SIGTERM');
    expect((await hawser.ended).status).toBe(143);
    await gone(mark);
  });

  it('ends the far program of a process that was killed, and keeps the run', async () => {
    const state = join(place.directory, 'state');
    const env = { ...place.env, HAWSER_NO_RECORD: '', XDG_STATE_HOME: state };
    const mark = marker();
    await using killed = start(['run', ...flags(), '-H', sshd.host, '--', sleepWith(mark)], undefined, env);
    await running(mark);
    killed.interrupt('SIGKILL');
    await killed.ended;
    await gone(mark);
    await waitUntil('the run to be kept', async () => {
      const { stdout } = await hawser(['runs'], undefined, env);
      return stdout.includes('0 of 1 ok');
    });
  });

  it('says that its output cannot be written, and ends what nobody reads', async () => {
    const into = (file: string, command: string): Promise<Ended> =>
      throughShell(
        `"$@" ${file}`,
        [process.execPath, main, 'run', ...flags(), '-H', sshd.host, '--', command],
        place.env,
      );
    const full = await into('> /dev/full', 'echo hi');
    expect(full.status).toBe(1);
    expect(full.stderr).toContain('hawser: cannot write the output: no space left on device');
    const mark = marker();
    const headed = await into('| head -n 1', `sh -c 'while echo one; do sleep 0.1; done; : ${mark}'`);
    expect(headed.stdout).toBe(`${sshd.host} │ one\n`);
    // What has not been taken has not been said: it is no success.
    expect((await into('| head -n 1', 'seq 200000')).stderr).toBe('');
    await gone(mark);
  });

  it('shows on a terminal what it shows there otherwise', async () => {
    const at = (...more: string[]): Promise<string> =>
      onTerminal(
        ['run', ...flags(), ...more, '-H', sshd.host, '--', String.raw`printf '\033[31mred\n'`],
        [],
        place.env,
      );
    const [short, long] = await Promise.all([at(), at('--batch-size', '1')]);
    const shown = (text: string): string => text.replaceAll(/ · .*/g, '');
    expect(shown(short)).toBe(shown(long));
    expect(short).toContain(String.raw`\x1b[31mred`);
  });

  it.each([
    ['another version', { version: 0 }],
    ['another home directory', { home: '/nowhere' }],
    ['words that are not simple', { words: ['-H', 'a,b', '--', 'true'] }],
    ['a path that depends on the working directory', { words: ['-i', 'id', '-H', 'a', '--', 'true'] }],
    ['no screens', { screens: 1 }],
    ['a host that there is no session to', { words: ['-F', 'none', '-H', 'nowhere.invalid', '--', 'true'] }],
  ])('does nothing for who asks with %s', async (_what, more) => {
    const said = await ask(`${JSON.stringify({ ...asking(), ...more })}\n`);
    expect(['', '{"taken":false}\n']).toContain(said);
  });

  it('bears who says what is no request, and goes on', async () => {
    const words = ['', '{"version":1', 'no JSON\n', '[1]\n', '{}\n', '\n', `${'x'.repeat(2_000_000)}\n`];
    for (const said of await Promise.all(words.map(ask))) expect(said).toBe('');
    expect(await ask(`${JSON.stringify(asking())}\n`)).toMatch(/^{"taken":true}\n(.*\n)*{"exit":0}\n$/);
  });

  it('says that its session was closed by somebody else', async () => {
    const mark = marker();
    await using closed = start(['run', ...flags(), '-H', sshd.host, '--', sleepWith(mark)], undefined, place.env);
    await running(mark);
    await run('session', 'close', '--all');
    const { status, stdout } = await closed.ended;
    expect({ status, stdout }).toEqual({ status: 1, stdout: expect.stringContaining('was closed') });
    await endLeftover(mark);
    await run('session', 'start', ...flags(), sshd.host);
  });

  it('is not held up, nor holds others up, where no record of it can be kept', async () => {
    const env = { ...place.env, HAWSER_NO_RECORD: '', XDG_STATE_HOME: '/proc/nowhere' };
    const { status, stderr } = await hawser(['run', ...flags(), '-H', sshd.host, '--', 'true'], undefined, env);
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining('Cannot keep this run') });
  });

  it('says that it was broken off where the broker dies, and keeps the run', async () => {
    const mark = marker();
    const env = { ...place.env, HAWSER_NO_RECORD: '', XDG_STATE_HOME: join(place.directory, 'broken-off') };
    await using broken = start(['run', ...flags(), '-H', sshd.host, '--', sleepWith(mark)], undefined, env);
    await running(mark);
    for (const pid of await place.processes()) process.kill(pid, 'SIGKILL');
    const { status, stderr } = await broken.ended;
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('may still be running') });
    expect((await hawser(['runs'], undefined, env)).stdout).toContain(mark);
    await endLeftover(mark);
    await run('session', 'start', ...flags(), sshd.host);
    expect((await plain('echo again')).stdout).toBe(`${sshd.host} │ again\n`);
  });

  it('goes the other way where there is no session', async () => {
    await run('session', 'close', '--all');
    const { status, stdout } = await plain('echo hi');
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${sshd.host} │ hi\n` });
  });
});

/** Ends what no session is left for. */
async function endLeftover(mark: string): Promise<void> {
  for (const { pid } of await remoteProcesses(mark)) process.kill(pid);
  await gone(mark);
}

/** Runs a line of sh(1) with words as its arguments. */
async function throughShell(
  line: string,
  words: readonly string[],
  more: Readonly<Record<string, string>>,
): Promise<Ended> {
  const env = { ...process.env, XDG_CONFIG_HOME: '/nonexistent', HAWSER_NO_RECORD: '1', ...more };
  const child = spawn('sh', ['-c', line, 'sh', ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { status: child.exitCode, stdout, stderr };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
