import { afterAll, beforeAll, expect, it } from 'vitest';
import { sh } from '../../../src/core/quote.js';
import { sge } from '../../../src/jobs/kinds/sge.js';
import { describeReal, type GridEngine, startGridEngine } from '../../rigs/rigs.js';
import { waitUntil } from '../../rigs/wait-until.js';
import { KindGround } from './kind-ground.js';

describeReal(['gridengine'], 'the command lines for Grid Engine', () => {
  let cell: GridEngine;
  let ground: KindGround;
  beforeAll(async () => {
    cell = await startGridEngine();
    ground = new KindGround(sge, cell.sshd);
  });
  afterAll(async () => {
    await ground?.close();
    await cell?.stop();
  });

  it('find it, with nothing in its queue and nothing in its accounting yet', async () => {
    expect(sge.readProbe(await ground.ask(sge.probeLine))).toEqual({ version: expect.stringMatching(/GE \d/) });
    expect(await ground.queue(['1'])).toEqual(new Map());
    expect(await ground.history(['1'])).toEqual(new Map());
    expect(await ground.find('hawser-abcdef0123-1')).toEqual({ ids: [] });
  });

  it('have the output in the record, whatever the directory and the job are called', async () => {
    const names = ['50% %j', '5$ $b $JOBS', 'a:b', 'a,b', 'back\\slash', `it's "a" $(b) \`c\``, '-n 5 #!;&*?[~'];
    const jobs = await Promise.all(names.map((name) => ground.start('echo here I am', { directory: name, name })));
    for (const { output } of jobs) {
      await ground.waitForText(output, 'here I am');
      expect((await ground.ask(sh`stat -c %a -- ${output}`)).stdout).toBe('600\n');
    }
  });

  it('tell of all jobs at once, and how they ended, beside ones that nobody knows', async () => {
    const ended = await ground.start('exit 3');
    const good = await ground.start('exit 0');
    const running = await ground.start('sleep 100', { walltime: 90_000, token: 'hawser-abcdef0123-2' });
    const late = await ground.start('sleep 100', { walltime: 1000 });
    const { stdout } = await ground.ask('echo true | qsub -terse -h -t 1-3');
    const read = sge.readSubmit({ status: 0, stdout, stderr: '' });
    const array = 'id' in read ? read.id : '';
    await ground.waitFor(running.id, 'running');
    await ground.waitFor(late.id, undefined);
    const jobs = await ground.queue([running.id, '99999']);
    expect(jobs.get(running.id)).toMatchObject({ word: 'r', host: 'gehost', startedAt: expect.any(Number) });
    expect(jobs.get(array)).toMatchObject({ state: 'queued', word: 'hqw', queuedAt: expect.any(Number) });
    expect(jobs.get('99999')).toBeUndefined();
    expect(await ground.find('hawser-abcdef0123-2')).toEqual({ ids: [running.id] });

    expect(await ground.cancel(array)).toBeUndefined();
    expect(await ground.cancel(running.id)).toBeUndefined();
    await ground.waitFor(running.id, undefined);
    expect(await ground.cancel(running.id)).toBeUndefined();
    const ids = ['99999', ended.id, good.id, running.id, late.id];
    await waitUntil('the accounting', async () => (await ground.history(ids)).size === 4, 30_000);
    const remembered = await ground.history(ids);
    expect(remembered.get(ended.id)).toMatchObject({ state: 'failed', exitStatus: 3, endedAt: expect.any(Number) });
    expect(remembered.get(good.id)).toMatchObject({ state: 'done', exitStatus: 0, host: 'gehost' });
    expect(remembered.get(running.id)).toMatchObject({ state: 'failed', signal: 'SIGKILL' });
    expect(remembered.get(late.id)).toMatchObject({ state: 'timeout', signal: 'SIGKILL' });
  });

  it('have a job wait for the end of others', async () => {
    const first = await ground.start('until [ -e ../go ]; do sleep 0.1; done');
    const after = await ground.start('echo after', {
      after: [first.id],
      resources: { tasks: 2, parallelEnvironment: 'smp' },
    });
    expect((await ground.queue([])).get(after.id)).toMatchObject({ state: 'queued', word: 'hqw' });
    expect(await ground.cancel(first.id)).toBeUndefined();
    await ground.waitForText(after.output, 'after');
  });

  it('tell of a job that could not be started', async () => {
    const { id } = await ground.start('true', { shebang: '#!/nowhere/sh' });
    await waitUntil('the error', async () => (await ground.queue([id])).get(id)?.word === 'Eqw', 30_000);
    expect((await ground.queue([id])).get(id)).toMatchObject({
      state: 'queued',
      reason: expect.stringContaining('qmod'),
    });
    expect(await ground.cancel(id)).toBeUndefined();
    await waitUntil('the accounting', async () => (await ground.history([id])).has(id), 30_000);
    expect((await ground.history([id])).get(id)).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('shell'),
    });
  });

  it.each([
    { queue: 'nowhere.q' },
    { tasks: 2, parallelEnvironment: 'nosuch' },
    { extra: ['-l', 'nosuch=1'] },
    { extra: ['-nosuch'] },
    { extra: ['-w', 'e', '-l', 'mem_free=4000G'] },
    { extra: ['-P', 'nosuch'] },
  ])('are refused what Grid Engine does not take: %j', async (resources) => {
    const { answer } = await ground.submit('true', { resources });
    expect(sge.readSubmit(answer)).toEqual({ refused: expect.stringMatching(/./), again: false });
  });
});
