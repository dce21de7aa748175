import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withEnvSetup } from '../../../../src/remote/batch/env-setup.js';

const shells: readonly (readonly [string, ...string[]])[] = [
  ['/bin/sh'],
  ['/bin/dash'],
  ['/bin/bash', '--posix'],
  ['/bin/busybox', 'sh'],
];

for (const [shell, ...args] of shells) {
  if (!existsSync(shell)) console.warn(`SKIPPED env-setup in ${shell}: it is not installed`);
  describe.skipIf(!existsSync(shell))(`envSetup in ${[shell, ...args].join(' ')}`, () => {
    const run = (setup: string | undefined, script: string): string =>
      execFileSync(shell, [...args, '-s'], { input: withEnvSetup(setup, script), encoding: 'utf8' });

    it('is there for what follows, and prints nothing', () => {
      expect(run(`echo noise; echo more >&2\nX='a "b"'; export X`, 'sh -c \'printf %s "$X"\'')).toBe('a "b"');
    });

    it.each([
      'source /nonexistent',
      '. /nonexistent',
      'false',
      'set -eu',
      'cat',
      'if; fi',
      'readonly R=1',
      '# a comment',
      'A=1 &',
    ])('goes on after %j', (setup) => {
      expect(run(setup, 'false\nprintf %s "here${UNSET-}"\nprintf %s $UNSET')).toBe('here');
    });

    it('may say source', () => {
      expect(run('source /dev/null && X=yes', 'printf %s "$X"')).toBe('yes');
    });

    it('may be left away', () => {
      for (const setup of [undefined, '', ' \n']) expect(run(setup, 'printf %s same')).toBe('same');
    });
  });
}
