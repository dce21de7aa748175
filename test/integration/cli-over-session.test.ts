import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { gone, marker, running, sleepWith } from '../contract/places.js';
import { describeReal, type Sshd, startSshd } from '../rigs/rigs.js';
import { type BrokerPlace, brokerPlace } from './broker-process.js';
import { type Ended, hawser, start } from './hawser-process.js';

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

  it('goes the other way where there is no session', async () => {
    await run('session', 'close', '--all');
    const { status, stdout } = await plain('echo hi');
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${sshd.host} │ hi\n` });
  });
});

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
