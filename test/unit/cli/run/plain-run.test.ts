import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeProgram } from '../../../../src/cli/program.js';
import { readPlainRun } from '../../../../src/cli/run/plain-run.js';

/** What the whole reader makes of the words behind `hawser run`; `undefined` where it refuses them. */
async function readInFull(words: readonly string[]): Promise<unknown> {
  let read: unknown;
  const program = await makeProgram(async (flags) => {
    read = flags;
  }, 'run');
  program.configureOutput({ writeErr: () => {} });
  for (const command of program.commands) command.exitOverride().configureOutput({ writeErr: () => {} });
  await program.parseAsync(['run', ...words], { from: 'user' });
  return read;
}

describe('a plain run', () => {
  it('is one host, a command, and how to get in', () => {
    expect(readPlainRun(['-H', 'web1', '--', 'uptime', '-p'])).toEqual({
      name: 'web1',
      command: 'uptime -p',
      flags: { hosts: ['web1'], output: 'stream', record: true, color: 'auto' },
    });
  });

  it.each([
    ['no command', ['-H', 'web1']],
    ['a command of blanks', ['-H', 'web1', '--', ' ', '']],
    ['no host', ['--', 'true']],
    ['several hosts', ['-H', 'web[1-3]', '--', 'true']],
    ['a list', ['-H', 'web1,web2', '--', 'true']],
    ['a pattern', ['-H', 'web*', '--', 'true']],
    ['a group', ['-H', '@web', '--', 'true']],
    ['this machine', ['-H', 'local:', '--', 'true']],
    ['a host in front of the command', ['web1', '--', 'true']],
    ['an option that it does not know', ['-H', 'web1', '--sudo', '--', 'id']],
    ['a name of every object', ['--constructor', 'x', '-H', 'web1', '--', 'true']],
    ['an option that is given twice', ['-H', 'web1', '-H', 'web2', '--', 'true']],
    ['an option without its value', ['-H', '--', 'true']],
    ['a port that is none', ['-H', 'web1', '-p', '65536', '--', 'true']],
    ['sessions that are not wanted', ['-H', 'web1', '--session', 'never', '--', 'true']],
  ])('is not for %s', (_what, words) => {
    expect(readPlainRun(words)).toBeUndefined();
  });

  it('is read as the whole reader reads it', async () => {
    const option = fc.constantFrom(
      ...[
        ['-l', 'me'],
        ['--user', 'me'],
        ['-p', '22'],
        ['--port', '40022'],
        ['-i', '~/.ssh/id'],
        ['-F', 'none'],
        ['-q'],
      ],
      ...[['--known-hosts', 'file'], ['--session', 'always'], ['--session', 'auto'], ['--quiet'], ['-x', 'web2']],
    );
    await fc.assert(
      fc.asyncProperty(fc.array(option, { maxLength: 5 }), async (options) => {
        const words = [...options.flat(), '-H', 'deploy@web1:2222', '--', 'echo', '$HOME', '--', '-q'];
        const plain = readPlainRun(words);
        fc.pre(plain !== undefined);
        expect(plain).toMatchObject({ name: 'deploy@web1:2222', command: 'echo $HOME -- -q' });
        expect(plain?.flags).toEqual(await readInFull(words));
      }),
      { numRuns: 60 },
    );
  });
});
