import { describe, expect, it } from 'vitest';
import { OptionError } from '../../../../src/core/hawser-error.js';
import { direct } from '../../../../src/jobs/kinds/direct.js';
import { answered, failed, queued } from './answers.js';

const ID = '4711:12345:7c4e2f6a-0000-4000-8000-1234567890ab:node1';

describe('a job without a scheduler', () => {
  it('has a walltime, and waits for others of its kind', () => {
    expect(() => direct.checkSpec?.({ after: ['1'] }, {})).toThrow(OptionError);
    direct.checkSpec?.({ after: [ID], walltime: 1000 }, {});
    expect(() => direct.submitLine(queued({ walltime: -1 }))).toThrow(OptionError);
    expect(direct.directives(queued({ resources: { nodes: 2 } }))).toEqual([]);
  });

  it('has the processes that its launcher starts, on one node, and no other resources', () => {
    const launcher = 'mpirun -np {nprocs}';
    direct.checkSpec?.({ resources: { nodes: 1, tasks: 4 } }, { launcher, resources: { tasksPerNode: 2 } });
    direct.checkSpec?.({ resources: { nodes: 1 } }, {});
    const refused = [
      [{ nodes: 2 }, 'the one node'],
      [{ memory: '4G' }, 'ulimit'],
      [{ cpusPerTask: 1 }, 'OMP_NUM_THREADS'],
      [{ gpus: 1 }, 'CUDA_VISIBLE_DEVICES'],
      [{ queue: 'long' }, 'leave it away'],
      [{ extra: ['--exclusive'] }, 'leave it away'],
    ] as const;
    for (const [resources, advice] of refused) {
      const [name = ''] = Object.keys(resources);
      expect(() => direct.checkSpec?.({ resources }, { launcher })).toThrow(
        expect.objectContaining({ message: expect.stringMatching(`resources.${name}. of a job .*${advice}`) }),
      );
      expect(() => direct.checkSpec?.({}, { launcher, resources })).toThrow(`\`resources.${name}\` of the machine`);
    }
    for (const resources of [{ tasks: 4 }, { tasksPerNode: 4 }]) {
      expect(() => direct.checkSpec?.({ resources }, { launcher: 'nice' })).toThrow(/`launcher` with \{nprocs\}/);
    }
  });

  it('has the identity of its process for an id', () => {
    expect(direct.readSubmit(answered(`${ID}\n`))).toEqual({ id: ID });
    expect(direct.readSubmit(failed('there is no /bin/zsh here to run the job', 127))).toEqual({
      refused: 'there is no /bin/zsh here to run the job',
      again: false,
    });
    expect(direct.readSubmit(answered('4711\n'))).toEqual({ unclear: '4711' });
    expect(direct.readSubmit(answered(`${ID}\n`, { status: null }))).toEqual({ unclear: ID });
  });

  it('runs, or is lost, or cannot be seen from here', () => {
    const other = ID.replace('node1', 'node2');
    const stdout = `hawser-direct ${ID} running\nhawser-direct ${other} elsewhere\nhawser-direct 1:2:3:node1 gone\n`;
    expect(direct.readQueue(answered(`${stdout}hawser-direct 5:2:3:node1 waiting\n`))).toEqual({
      jobs: new Map([
        ['5:2:3:node1', expect.objectContaining({ state: 'queued', word: 'waiting' })],
        [ID, { state: 'running', word: 'running', host: 'node1' }],
        ['1:2:3:node1', { state: 'lost', word: 'gone', host: 'node1', reason: expect.stringContaining('is gone') }],
        [
          other,
          { state: 'unknown', word: 'elsewhere', host: 'node2', reason: expect.stringContaining('another node') },
        ],
      ]),
    });
    expect(direct.readQueue(failed('sh: not found'))).toEqual({ failed: 'sh: not found' });
  });

  it('is found by its token', () => {
    expect(direct.readFind(answered(`${ID}\nrubbish\n`), 'x')).toEqual({ ids: [ID] });
    expect(direct.readFind(failed('this machine does not tell', 69), 'x')).toEqual({
      failed: 'this machine does not tell',
    });
  });

  it.each(['ended', 'killed', 'gone'])('is cancelled where it has %s', (word) => {
    expect(direct.readCancel(answered(`${word}\n`))).toBeUndefined();
  });

  it.each(['elsewhere', 'unclear', 'left', 'rubbish'])('is not cancelled where the answer is %s', (word) => {
    expect(direct.readCancel(answered(`${word}\n`))).toMatch(/./);
  });

  it('needs nothing of its machine', () => {
    expect(direct.readProbe(answered('Linux 6.1.0\n'))).toEqual({ version: 'Linux 6.1.0' });
    expect(direct.readProbe(failed('uname: not found', 127))).toEqual({ missing: 'uname: not found' });
  });
});
