import { afterAll, beforeAll, expect, it } from 'vitest';
import { sh } from '../../../src/core/quote.js';
import { slurm } from '../../../src/jobs/kinds/slurm.js';
import { describeReal, type Slurm, startSlurm } from '../../rigs/rigs.js';
import { KindGround } from './kind-ground.js';

describeReal(['slurm'], 'the command lines for Slurm', () => {
  let cluster: Slurm;
  let ground: KindGround;
  beforeAll(async () => {
    cluster = await startSlurm({ cpus: 8, config: ['MessageTimeout=2'] });
    ground = new KindGround(slurm, cluster.sshd);
  });
  afterAll(async () => {
    await ground?.close();
    await cluster?.stop();
  });

  it('find it', async () => {
    expect(slurm.readProbe(await ground.ask(slurm.probeLine))).toEqual({
      version: expect.stringMatching(/^slurm\S* \d/),
    });
  });

  it('have the output in the record, whatever the directory and the job are called', async () => {
    const names = ['50%', '%j %u', 'back\\slash %x', `it's "a" $(b) \`c\``, '-n 5, #!:;&*?[~'];
    const jobs = await Promise.all(names.map((name) => ground.start('echo here I am', { directory: name, name })));
    for (const { output } of jobs) {
      await ground.waitForText(output, 'here I am');
      expect((await ground.ask(sh`stat -c %a -- ${output}`)).stdout).toBe('600\n');
    }
    const { stdout } = await ground.ask(`squeue -h -t all -o '%j' -j ${jobs.map(({ id }) => id).join(',')}`);
    expect(stdout.trim().split('\n').toSorted()).toEqual(names.toSorted());
  });

  it("tell of all jobs at once, beside ones that nobody knows, whatever the user's own settings would hide", async () => {
    const ended = await ground.start('exit 3');
    const running = await ground.start('sleep 100', { walltime: 90_000 });
    const array = (await ground.ask('sbatch --parsable --hold --array=1-3 -o /dev/null --wrap true')).stdout.trim();
    await ground.waitFor(ended.id, 'failed');
    await ground.waitFor(running.id, 'running');
    const settings =
      'SQUEUE_PARTITION=none SQUEUE_STATES=CD SQUEUE_NAMES=x; export SQUEUE_PARTITION SQUEUE_STATES SQUEUE_NAMES; ';
    const jobs = await ground.queue([ended.id, '99999', running.id, array], settings);
    expect(jobs.get('99999')).toBeUndefined();
    expect(jobs.get(ended.id)).toMatchObject({ word: 'FAILED', reason: 'NonZeroExitCode', host: 'node1' });
    expect(jobs.get(running.id)).toMatchObject({ word: 'RUNNING', startedAt: expect.any(Number) });
    expect(jobs.get(array)).toMatchObject({ state: 'queued', reason: 'JobHeldUser', queuedAt: expect.any(Number) });
    expect(await ground.queue(['99999'])).toEqual(jobs);

    expect(await ground.cancel(running.id)).toBeUndefined();
    await ground.waitFor(running.id, 'cancelled');
    expect(await ground.cancel(running.id)).toBeUndefined();
    expect(await ground.cancel('99999')).toBeUndefined();
    expect(await ground.cancel(array)).toBeUndefined();
    const remembered = await ground.history(['99999', ended.id, running.id, '99998']);
    expect([...remembered.keys()].toSorted()).toEqual([ended.id, running.id].toSorted());
    expect(remembered.get(ended.id)).toMatchObject({ state: 'failed', exitStatus: 3, endedAt: expect.any(Number) });
    expect(remembered.get(running.id)).toMatchObject({ state: 'cancelled' });
  });

  it("submit one job and do not wait for it, whatever the user's own settings say", async () => {
    const settings = 'SBATCH_ARRAY_INX=1-3 SBATCH_WAIT=1; export SBATCH_ARRAY_INX SBATCH_WAIT; ';
    const { answer } = await ground.submit('true', { resources: { extra: ['--hold'] } }, settings);
    const read = slurm.readSubmit(answer);
    const id = 'id' in read ? read.id : '';
    expect((await ground.ask(`squeue -h -t all -o %i -j ${id},99999`)).stdout.trim()).toBe(id);
  });

  it('find a job by its token', async () => {
    const { id } = await ground.start('true', { token: 'hawser-abcdef0123-2' });
    expect(await ground.find('hawser-abcdef0123-2')).toEqual({ ids: [id] });
    expect(await ground.find('hawser-abcdef0123-1')).toEqual({ ids: [] });
  });

  it('have a job wait for others, and end with the first that fails', async () => {
    const good = await ground.start('exit 0');
    const bad = await ground.start('exit 1');
    const after = await ground.start('exit 0', { after: [good.id] });
    const never = await ground.start('exit 0', { after: [good.id, bad.id] });
    await ground.waitFor(after.id, 'done');
    await ground.waitFor(never.id, 'cancelled');
  });

  it.each([
    { queue: 'nowhere' },
    { nodes: 9999, extra: ['--no-such-option'] },
    { gpus: 4 },
    { memory: 'much' },
    { extra: ['--licenses=none'] },
  ])('are refused what Slurm does not take: %j', async (resources) => {
    const { answer } = await ground.submit('true', { resources });
    expect(slurm.readSubmit(answer)).toEqual({ refused: expect.stringContaining('sbatch: '), again: false });
  });

  it('are refused a script that is none', async () => {
    const answer = await ground.ask(
      'd=$(mktemp -d); : >"$d/script"; sbatch --parsable "$d/script"; s=$?; rm -r "$d"; exit $s',
    );
    expect(slurm.readSubmit(answer)).toEqual({ refused: expect.stringContaining('empty'), again: false });
  });

  it('tell nothing where slurmctld is down', async () => {
    await cluster.controllerDown();
    const [submitted, asked, probed] = await Promise.all([
      ground.submit('true'),
      ground.ask(slurm.queueLine(['1'])),
      ground.ask(slurm.probeLine),
    ]);
    expect(slurm.readSubmit(submitted.answer)).toEqual({ unclear: expect.stringContaining('Unable to contact') });
    expect(slurm.readQueue(asked)).toEqual({ failed: expect.stringContaining('Unable to contact') });
    expect(slurm.readProbe(probed)).toEqual({ missing: expect.stringContaining('is DOWN') });
  });
});
