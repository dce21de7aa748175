import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeReal, waitUntil } from '../rigs/rigs.js';
import { type Slurm, startSlurm } from '../rigs/slurm.js';
import { type BrokerPlace, brokerPlace } from './broker-process.js';
import { type Ended, type Hawser, hawser, onTerminal, start } from './hawser-process.js';
import { FarJobs } from './jobs/far-jobs.js';
import { Visitors } from './visitors.js';

const LOST_IN_TIME = `#!/bin/sh
echo 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation' >&2
exit 1
`;
/** It took the job, which waits under a comment that is not ours; nobody was told of that. */
const TOOK_IT = `#!/bin/sh
id=$(/usr/bin/sbatch --hold "$@") && scontrol update "JobId=$id" Comment=astray && echo "$id" >"$HOME/took"
${LOST_IN_TIME}`;
const PACE = ['--poll-floor', '200ms'];

describeReal(['slurm'], 'hawser job', () => {
  let slurm: Slurm;
  let far: FarJobs;
  let place: BrokerPlace;
  let env: Readonly<Record<string, string>>;
  beforeAll(async () => {
    slurm = await startSlurm();
    far = await FarJobs.on(slurm.sshd, 'slurm');
    place = await brokerPlace();
    env = { XDG_CONFIG_HOME: join(far.here, 'config'), XDG_STATE_HOME: join(far.here, 'state') };
    const directory = join(far.here, 'config/hawser/machines');
    await far.machine().save({ directory });
    await writeFile(join(directory, 'here.yaml'), `scheduler: direct\nworkdir: ${join(far.here, 'work')}\n`);
  });
  afterAll(async () => {
    await place?.[Symbol.asyncDispose]();
    await far?.[Symbol.asyncDispose]();
    await slurm?.stop();
  });

  const job = (...args: string[]): Promise<Ended> => hawser(['job', ...args], undefined, env);
  const begin = (...args: string[]): Hawser => start(['job', ...args], undefined, env);
  /** The one job of a document. */
  const one = async (command: string, ...args: string[]): Promise<Record<string, unknown>> => {
    const { stdout, stderr } = await job(command, '--json', ...args);
    expect(stdout, stderr).not.toBe('');
    const document: Record<string, unknown> & { jobs?: Record<string, unknown>[] } = JSON.parse(stdout);
    return document.jobs?.[0] ?? document;
  };

  it('submits a job once, waits for it, and brings back what it made', async () => {
    const input = join(far.here, 'si.in');
    await writeFile(input, 'silicon\n');
    const words = ['--name', 'si relax', '--directory', 'si/relax', '--input', input, '--env', 'TOLD=a secret'];
    const submit = ['submit', 'cluster1', ...words, '--', 'cat si.in; echo "$TOLD" >told; echo made >made.out'];
    const first = await job(...submit);
    expect(first).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+ {2}si relax-[0-9a-f]{12}\n$/) });
    expect(first.stderr).toMatch(/^(queued|running|done) on cluster1 · session created \S+ · [\d.]+ m?s\n$/);
    const [id = ''] = first.stdout.split(' ');
    // The machine is found by what was submitted from here, and the same words are the same job.
    expect(await job('wait', id, ...PACE)).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/ done .* si relax-/),
    });
    expect((await job(...submit)).stdout).toBe(first.stdout);
    expect(await job('output', 'si/relax')).toEqual({ status: 0, stdout: 'silicon\n', stderr: '' });
    expect(await one('status', 'si/relax', '-m', 'cluster1')).toMatchObject({ id, state: 'done', exitStatus: 0 });

    const results = join(far.here, 'results');
    expect(await job('retrieve', id, results)).toMatchObject({ status: 0, stdout: '' });
    expect((await readdir(results)).toSorted()).toEqual([
      'made.out',
      expect.stringMatching(/^si_relax-.*\.out$/),
      'told',
    ]);
    expect(await readFile(join(results, 'told'), 'utf8')).toBe('a secret\n');
    expect((await job('list', '--json')).stdout).not.toContain('secret');
  });

  it('gives the exit status of what became of a job, and says why', async () => {
    const into = join(far.here, 'failed');
    const words = [
      'here',
      '--name',
      'bad',
      '--directory',
      'worse',
      '--retrieve',
      into,
      '--',
      'echo before; echo half >part; exit 3',
    ];
    const bad = await job('submit', ...words);
    expect(bad).toMatchObject({ status: 1, stdout: expect.stringMatching(/failed .* bad-\w+ {2}exit 3\n$/) });
    expect(await readFile(join(into, 'part'), 'utf8')).toBe('half\n');
    expect(await job('submit', 'cluster1', '--name', 'x', '--queue', 'none', '--', 'true')).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(/^hawser: The scheduler slurm did not take "x" on cluster1 .*partition/),
    });
    expect(await job('status', 'nothing')).toMatchObject({ status: 1, stderr: expect.stringContaining('-m MACHINE') });
    for (const words of [
      ['retrieve', 'worse'],
      ['submit', 'here', '--name', 'never', '--retrieve'],
    ]) {
      const file = join(into, 'part');
      const refused = await job(...words, file, ...(words[0] === 'submit' ? ['--', 'true'] : []));
      expect(refused).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining(`${file}" is none`) });
    }
    expect(await job('status', 'bad')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/The last one of that name has the key "bad-\w+", on here\.\n$/),
    });
    expect(await job('submit', 'nowhere', '--name', 'x', '--', 'true')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('Machines there: cluster1, here.'),
    });
  });

  it('leaves a job alone when the waiting is interrupted, follows its output, and cancels it', async () => {
    const command = 'echo one; until [ -e go ]; do sleep 0.05; done; printf "two\\n\\033[2Jthree\\n"; sleep 1000';
    const { id } = await one('submit', 'here', '--name', 'long', '--', command);
    await using waiting = begin('wait', String(id), '-v', '--interval', '5s');
    await using following = begin('output', '-f', 'long', ...PACE);
    await waitUntil('the first line', () => following.stdout() === 'one\n');
    await waitUntil('it to wait', () => waiting.stderr().includes(' job query '));
    waiting.interrupt();
    expect(await waiting.ended).toMatchObject({
      status: 130,
      stderr: expect.stringMatching(/^Interrupted: the job goes on. To wait again: hawser job wait long-\w+ -m here$/m),
    });
    expect((await job('wait', 'long', '--timeout', '100ms')).status).toBe(1);
    await writeFile(join(far.here, 'work/long/go'), '');
    await waitUntil('the last line', () => following.stdout() === 'one\ntwo\n\u001b[2Jthree\n');
    const shown = await onTerminal(['job', 'output', 'long'], [], env);
    expect(shown).toContain('\\x1b[2Jthree');
    expect(await job('cancel', 'long')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^\d+ {2}cancelled\n$/),
    });
    expect(await following.ended).toMatchObject({ status: 1, stderr: expect.stringContaining('is cancelled') });
  });

  it('lists what is on each machine, and goes on with those that answer', async () => {
    await mkdir(join(far.here, 'gone/hawser/machines'), { recursive: true });
    const listed = await job('list');
    expect(listed).toMatchObject({ status: 0, stderr: '' });
    const lines = listed.stdout.split('\n');
    expect(lines[0]).toMatch(/^JOB +MACHINE +STATE +QUEUED +RAN +KEY$/);
    expect(lines.filter((line) => line.includes(' cluster1 ')).join('\n')).toMatch(/^\d+ .* done .*si relax-\w+$/m);
    expect(lines.filter((line) => line.includes(' here ')).join('\n')).toMatch(/failed .*bad-\w+ .*exit 3/);
    expect(await job('list', 'here', '--active')).toEqual({
      status: 0,
      stdout: '',
      stderr: 'No job is under way on here.\n',
    });
    const words = (await hawser(['__complete', '--', 'job', 'wait', 'long', 'si'], undefined, env)).stdout.split('\n');
    expect(words).toEqual(['si/relax', expect.stringMatching(/^si relax-/), '']);
    expect((await hawser(['__complete', '--', 'job', 'status', '-m', ''], undefined, env)).stdout).toBe(
      'cluster1\nhere\n',
    );
    const stranger = far.machine({ auth: { knownHosts: '/dev/null', sshConfig: false, agent: false } });
    await stranger.save({ directory: join(far.here, 'gone/hawser/machines') });
    const cut = await hawser(['job', 'list', '--json'], undefined, { ...env, XDG_CONFIG_HOME: join(far.here, 'gone') });
    expect(cut.status).toBe(1);
    expect(JSON.parse(cut.stdout)).toMatchObject({
      jobs: [],
      failed: [{ machine: 'cluster1', error: { code: 'ERR_HAWSER_HOST_KEY' } }, { machine: 'here' }],
    });
    expect(cut.stderr).toMatch(
      /^cluster1 ✗ .*host key.* How the (job stands|\d+ jobs stand) that went there from here is not known\.$/m,
    );
  });

  it('waits for no machine that is down, nor for a record that is damaged, and shows what there is meanwhile', async () => {
    await using mute = createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const address = mute.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const places = { ...env, XDG_STATE_HOME: join(far.here, 'down-state'), XDG_CONFIG_HOME: join(far.here, 'down') };
    const machines = join(places.XDG_CONFIG_HOME, 'hawser/machines');
    const journal = join(places.XDG_STATE_HOME, 'hawser/jobs');
    await mkdir(machines, { recursive: true });
    const [known = ''] = await readdir(join(far.here, 'state/hawser/jobs/here'));
    const entry = await readFile(join(far.here, 'state/hawser/jobs/here', known), 'utf8');
    const put = async (name: string, file: string): Promise<void> => {
      await writeFile(join(machines, `${name}.yaml`), file);
      await mkdir(join(journal, name), { recursive: true });
      await writeFile(join(journal, name, 'x.json'), entry.replace('"machine":"here"', `"machine":"${name}"`));
    };
    await put('here', `scheduler: direct\nworkdir: ${join(far.here, 'work')}\n`);
    await put('down', 'host: 127.0.0.1\nport: 1\nworkdir: ~/runs\nauth: {sshConfig: false, agent: false}\n');
    // Nothing was sent to this one.
    await mkdir(join(journal, 'never'));
    const intent = { ...JSON.parse(entry), machine: 'never', step: 'intent' };
    await writeFile(join(journal, 'never/x.json'), JSON.stringify(intent));
    const list = await hawser(['job', 'list'], undefined, places);
    expect(list).toMatchObject({ status: 1, stdout: expect.stringContaining(' here ') });
    expect(list.stderr).toMatch(/^down ✗ .*refused.* How the job stands .* {2}→ hawser machine test down\n$/);
    const named = await hawser(['job', 'list', 'down', '--json'], undefined, places);
    expect(JSON.parse(named.stdout)).toMatchObject({ jobs: [], failed: [{ machine: 'down' }] });

    await rm(join(machines, 'down.yaml'));
    await using watching = start(['job', 'list', '--watch'], undefined, places);
    await waitUntil('the others', () => watching.stdout().includes(' here ') && watching.stderr().includes('down ✗ '));
    const { jobs } = JSON.parse((await hawser(['job', 'list', 'here', '--json'], undefined, places)).stdout);
    const [{ directory }, ...others] = jobs;
    const records = join(far.here, 'work', directory, '.hawser');
    const [slug = ''] = (await readdir(records)).filter((name) => /-[0-9a-f]{10}$/.test(name));
    const record = join(records, slug, 'job.json');
    const text = await readFile(record, 'utf8');
    await writeFile(record, '{');
    const part = await hawser(['job', 'list', 'here', '--json'], undefined, places);
    await writeFile(record, text);
    expect(part).toMatchObject({ status: 1, stderr: expect.stringMatching(/^here ✗ .*job\.json.* is no JSON\..*\n$/) });
    expect(JSON.parse(part.stdout)).toMatchObject({
      jobs: others,
      failed: [{ machine: 'here', error: { code: 'ERR_HAWSER_JOB', reason: 'bad-record' } }],
    });

    watching.interrupt();
    await watching.ended;
    await put('down', 'host: 127.0.0.1\nport: 1\nworkdir: ~/runs\nauth: {sshConfig: false, agent: false}\n');
    await put('mute', `host: 127.0.0.1\nport: ${port}\nworkdir: ~/runs\nauth: {sshConfig: false, agent: false}\n`);
    const seen = await onTerminal(['job', 'list'], [[/asking mute/, '\u0003']], places);
    expect(seen).toMatch(/ here .*down ✗ .*\r\n?asking mute · .*\u001b\[JJOB .* here .*mute ✗ /s);
  });

  it('watches jobs on a terminal, and tells what changes in a pipe', async () => {
    await using watching = begin('list', 'here', '--watch', '--json', '--interval', '5s');
    await waitUntil('what there is', () => watching.stdout().includes('"state":"failed"'));
    const { key } = await one('submit', 'here', '--name', 'new', '--', 'true');
    await waitUntil('what is new', () => watching.stdout().includes(`"key":"${String(key)}"`));
    watching.interrupt();
    expect((await watching.ended).status).toBe(130);
    // By Ctrl-C: what was seen last stays there.
    const seen = await onTerminal(['job', 'list', 'here', '--watch'], [[/as of /, '\u0003']], env);
    expect(seen).toMatch(
      /as of \S+, every \d+ s · .*1 failed.*\r\u001b\[\d+A\u001b\[J.*JOB +MACHINE +STATE.* failed .*exit 3/s,
    );
  });

  describe('over the sessions of a broker', () => {
    it('needs one login for any number of commands', async () => {
      const visitors = new Visitors(slurm.sshd);
      await visitors.forget();
      const through = { ...env, ...place.env };
      const run = (...args: string[]): Promise<Ended> => hawser(['job', ...args], undefined, through);
      const submit = ['submit', 'cluster1', '--name', 'shared', '--session', 'always', '--', 'true'];
      expect((await run(...submit)).stderr).toContain('session created');
      expect((await run(...submit)).stderr).toContain('session reused');
      expect((await run('wait', 'shared', ...PACE)).status).toBe(0);
      expect((await run('list', 'cluster1')).status).toBe(0);
      await visitors.expectLogins(1);
    });
  });

  it('says so where nobody can tell whether a job was submitted, and does as it is told', async () => {
    const input = join(far.here, 'unknown.in');
    await writeFile(input, 'kept\n');
    const { fs } = await far.session();
    const bin = `${far.workdir}/bin`;
    await fs.mkdir(bin, { recursive: true });
    // The site's own sbatch, which did not come through to its controller.
    await fs.writeFile(`${bin}/sbatch`, LOST_IN_TIME, { mode: 0o755 });
    const envSetup = `PATH=$HOME${bin.slice(1)}:$PATH`;
    await far.machine({ name: 'slow', envSetup }).save({ directory: join(far.here, 'config/hawser/machines') });
    const words = [
      '--name',
      'unknown',
      '--key',
      'u-1',
      '--input',
      input,
      '--env',
      'A=1',
      '--',
      'echo "$A" >>runs; cat *.in',
    ];
    const lost = await job('submit', 'slow', ...PACE, ...words);
    expect(lost).toMatchObject({ status: 1, stdout: '–  u-1\n' });
    expect(lost.stderr).toMatch(/Nobody can tell .*\n.*\n {2}→ hawser job resolve u-1 -m slow\n$/);
    await fs.rm(`${bin}/sbatch`);
    const asked = await job('resolve', 'u-1', ...PACE);
    expect(asked).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/^– .* submit-unknown .* u-1$/m),
      stderr: expect.stringContaining('hawser job resolve u-1 -m slow --again'),
    });
    expect(await job('resolve', 'u-1', '--submitted', 'no id')).toMatchObject({ status: 2 });
    expect(await far.runs('unknown')).toBe(0);

    expect(await job('resolve', 'u-1', '--again', ...PACE)).toMatchObject({ status: 0, stderr: '' });
    expect(await job('wait', 'u-1', ...PACE)).toMatchObject({ status: 0 });
    expect((await job('output', 'u-1')).stdout).toBe('kept\n');
    expect(await far.runs('unknown')).toBe(1);
    expect(await job('resolve', 'u-1', '--again', ...PACE)).toMatchObject({
      status: 0,
      stderr: 'There is nothing to resolve: its scheduler has it, or had it.\n',
    });
    expect(await far.runs('unknown')).toBe(1);

    await fs.writeFile(`${bin}/sbatch`, TOOK_IT, { mode: 0o755 });
    const taken = await job('submit', 'slow', ...PACE, '--name', 'taken', '--key', 'u-2', '--', 'echo ran >>runs');
    expect(taken).toMatchObject({ status: 1, stdout: '–  u-2\n' });
    const id = (await fs.readFile('~/took', 'utf8')).trim();
    await fs.rm('~/took');
    expect(await job('resolve', 'u-2', '--submitted', id, ...PACE)).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(new RegExp(`^${id} .* queued .* u-2`, 'm')),
      stderr: '',
    });
    await (await far.session()).execute(`scontrol release ${id}`);
    expect(await job('wait', id, ...PACE)).toMatchObject({ status: 0, stdout: expect.stringContaining(' done ') });
    expect(await far.runs('taken')).toBe(1);
  });
});
