import { describe, expect, it } from 'vitest';
import { nearestName } from '../../../src/core/nearest-name.js';

describe('the name that was meant', () => {
  it.each([
    ['telent', 'telnet'],
    ['opensssh', 'openssh'],
    ['OpenSSH', 'openssh'],
    ['pool_size', 'poolSize'],
    ['pool-size', 'poolSize'],
    ['poolSizes', 'poolSize'],
    ['lcoal', 'local'],
  ])('of %s is %s', (written, meant) => {
    expect(nearestName(written, ['local', 'openssh', 'poolSize', 'ssh', 'telnet'])).toBe(meant);
  });

  it('is the nearest of several, and the first of those that are as near', () => {
    expect(nearestName('consol', ['consul', 'console'])).toBe('consul');
    expect(nearestName('console', ['consul', 'console2', 'console'])).toBe('console');
  });

  it.each(['', 'a', 'ab', 'kubernetes', 'tn'])('is none for %j, which is like nothing that there is', (written) => {
    expect(nearestName(written, ['local', 'openssh', 'telnet', 'xy', 'b'])).toBeUndefined();
  });
});
