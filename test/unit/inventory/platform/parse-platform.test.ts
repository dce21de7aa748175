import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OptionError, ParseError } from '../../../../src/core/hawser-error.js';
import { checkPlatform } from '../../../../src/inventory/platform/check-platform.js';
import { loadPlatform, parsePlatform } from '../../../../src/inventory/platform/parse-platform.js';
import { builtInPlatforms } from '../../../../src/remote/dialog/detect.js';

const acme = `
name: acme
aliases: [acmeos]
modes:
  exec: { prompt: '^(?<host>\\w+)> $' }
  enable: { prompt: '^(?<host>\\w+)# $' }
steps:
  - from: exec
    to: enable
    command: enable
    statements:
      - { pattern: { regex: 'password: $', flags: i }, answer: { secret: enable } }
      - { pattern: 'Sure\\?', answer: '', loop: true }
privileged: enable
login: { refused: '^Denied' }
signs: { text: 'Acme' }
pagers: [{ pattern: '^more$', answer: ' ' }]
initial: [no paging]
errors: ['^ERR']
comment: '#'
interrupt: "\\x1b"
settle: 50
shell: false
`;

describe('a platform in YAML', () => {
  it('is read in full', () => {
    expect(parsePlatform(acme)).toEqual({
      name: 'acme',
      aliases: ['acmeos'],
      modes: { exec: { prompt: /^(?<host>\w+)> $/ }, enable: { prompt: /^(?<host>\w+)# $/ } },
      steps: [
        {
          from: 'exec',
          to: 'enable',
          command: 'enable',
          statements: [
            { pattern: /password: $/i, answer: { secret: 'enable' } },
            { pattern: /Sure\?/, answer: '', loop: true },
          ],
        },
      ],
      privileged: 'enable',
      login: { refused: /^Denied/ },
      signs: { text: /Acme/ },
      pagers: [{ pattern: /^more$/, answer: ' ' }],
      initial: ['no paging'],
      errors: [/^ERR/],
      comment: '#',
      interrupt: '\u001b',
      settle: 50,
      shell: false,
    });
    expect(() => checkPlatform(parsePlatform(acme))).not.toThrow();
  });

  it('is read from a file, whose name is in its errors', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hawser-platform-'));
    const file = join(folder, 'acme.yaml');
    await writeFile(file, acme);
    await expect(loadPlatform(file)).resolves.toMatchObject({ name: 'acme' });
    await writeFile(file, 'name: [');
    await expect(loadPlatform(file)).rejects.toMatchObject({ name: 'ParseError', file });
    await rm(folder, { recursive: true });
    await expect(loadPlatform(file)).rejects.toThrow(OptionError);
  });

  it.each([
    ['', 1, 'to be a map'],
    ['name: x', 1, 'to have "modes"'],
    ['name: x\nmodes: {}', 2, 'at least one mode'],
    ['name: x\nmode: 1\nmodes: { a: { prompt: x } }', 2, 'did you mean "modes"'],
    ['name: 3\nmodes: { a: { prompt: x } }', 1, 'text that is not empty'],
    ['name: x\nmodes:\n  a: { prompt: "(" }', 3, 'no regular expression'],
    ['name: x\nmodes:\n  a: { prompt: { regex: a, flags: g } }', 3, 'flags'],
    ['name: x\nmodes: { a: { prompt: x } }\nprivileged: b', 3, 'one of the modes: a'],
    ['name: x\nmodes: { a: { prompt: x } }\nsteps:\n  - { from: a, to: c, command: x }', 4, 'one of the modes: a'],
    ['name: x\nmodes: { a: { prompt: x } }\nsteps: a', 3, 'a list'],
    ['name: x\nmodes: { a: { prompt: x } }\nsettle: soon', 3, 'milliseconds'],
    ['name: x\nmodes: { a: { prompt: x } }\nshell: perhaps', 3, 'true or false'],
  ])('is refused where it cannot be meant: %j', (text, line, why) => {
    const error: unknown = (() => {
      try {
        return parsePlatform(text);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(ParseError);
    expect(error).toMatchObject({ line, message: expect.stringContaining(why) });
  });
});

describe('a platform made by hand', () => {
  it('may be one of those that are built in', () => {
    for (const platform of builtInPlatforms) expect(() => checkPlatform(platform)).not.toThrow();
  });

  it('is refused where its modes are not its own, or a pattern is none', () => {
    const modes = { exec: { prompt: /> $/ } };
    expect(() => checkPlatform({ name: 'x', modes: {} })).toThrow(/`modes`/);
    expect(() => checkPlatform({ name: '', modes })).toThrow(/`name`/);
    expect(() => checkPlatform({ name: 'x', modes, privileged: 'enable' })).toThrow(/`privileged` to be one of.*exec/);
    expect(() => checkPlatform({ name: 'x', modes, steps: [{ from: 'exec', to: 'b', command: 'b' }] })).toThrow(
      /`steps\[0\]\.to`/,
    );
    expect(() => checkPlatform({ name: 'x', modes, settle: -1 })).toThrow(/`settle`/);
  });
});
