import { describe, expect, it } from 'vitest';
import { OptionError } from '../../../src/core/hawser-error.js';
import { checkDirectory, indexPath, jobPlace, workPath } from '../../../src/jobs/job-place.js';

describe('the place of a job', () => {
  it('is below the working directory of its machine', () => {
    expect(jobPlace('~/runs', 'si/relax', 'key')).toMatchObject({
      directory: 'si/relax',
      path: '~/runs/si/relax',
      record: expect.stringMatching(/^\.hawser\/key-[0-9a-f]{10}$/),
      recordPath: expect.stringMatching(/^~\/runs\/si\/relax\/\.hawser\/key-[0-9a-f]{10}$/),
    });
    expect([workPath('runs'), workPath('/scratch/me/'), workPath('~')]).toEqual(['~/runs', '/scratch/me/', '~']);
    expect(indexPath('/scratch', 1000)).toBe('/scratch/.hawser-1000');
  });

  it('is spelled in one way', () => {
    expect(checkDirectory('./a//b/')).toBe('a/b');
  });

  it.each([
    '',
    '.',
    '/etc',
    '~',
    '~/a',
    '../a',
    'a/../../b',
    '.hawser',
    '.hawser-0',
    'a/.hawser/b',
    'a\nb',
    'a\0b',
    `a/${'x'.repeat(256)}`,
  ])('is not at %j', (directory) => {
    expect(() => checkDirectory(directory)).toThrow(OptionError);
  });
});
