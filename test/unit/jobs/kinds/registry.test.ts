import { describe, expect, it } from 'vitest';
import { OptionError } from '../../../../src/core/hawser-error.js';
import { direct } from '../../../../src/jobs/kinds/direct.js';
import { registerScheduler, schedulerKind } from '../../../../src/jobs/kinds/registry.js';

describe('the kinds of schedulers', () => {
  it.each(['direct', 'slurm', 'sge'])('have %s', (name) => {
    expect(schedulerKind(name).name).toBe(name);
  });

  it('name those that there are where one is not known', () => {
    expect(() => schedulerKind('slurn')).toThrow(OptionError);
    expect(() => schedulerKind('slurn')).toThrow('known are direct, slurm, sge. Did you mean "slurm"?');
    expect(() => schedulerKind('__proto__')).toThrow(OptionError);
  });

  it('take a further one, until it is taken away', () => {
    const pbs = { ...direct, name: 'pbs' };
    const remove = registerScheduler(pbs);
    expect(schedulerKind('pbs')).toBe(pbs);
    expect(() => registerScheduler({ ...pbs })).toThrow('There is a scheduler "pbs" already');
    remove();
    remove();
    expect(() => schedulerKind('pbs')).toThrow(OptionError);
  });

  it('take none without a name that a machine can give', () => {
    expect(() => registerScheduler({ ...direct, name: '' })).toThrow(OptionError);
    expect(() => registerScheduler({ ...direct, name: 'a b' })).toThrow(OptionError);
  });
});
