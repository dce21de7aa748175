import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OptionError } from '../../../src/core/hawser-error.js';
import { type Command, commandText, quote, sh } from '../../../src/core/quote.js';

/** The shells of this machine; `sh` is everywhere. */
const SHELLS = ['sh', 'bash', 'dash', 'zsh', 'busybox'].filter(
  (shell) => spawnSync(shell, ['-c', ':']).error === undefined,
);

/** What a shell makes of a script, as bytes. */
function run(shell: string, script: string): Buffer {
  const args = shell === 'busybox' ? ['sh', '-s'] : ['-s'];
  const { stdout, stderr, status } = spawnSync(shell, args, { input: script, maxBuffer: 2 ** 26 });
  if (status !== 0 || stderr.length > 0) throw new Error(`${shell} ended with ${status}: ${stderr.toString()}`);
  return stdout;
}

/** The words that a shell reads back from their quoted form, many lists in one process. */
function readBack(shell: string, lists: readonly (readonly string[])[]): string[][] {
  const script = lists.map((words) => `printf '%s\\0' ${words.map(quote).join(' ')}\n`).join('');
  const words = run(shell, script).toString('utf8').split('\0').slice(0, -1);
  let at = 0;
  return lists.map((list) => {
    at += list.length;
    return words.slice(at - list.length, at);
  });
}

const NASTY = [
  ...'\t\n\r\v\f !"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~\x01\x1b\x7f',
  ...[
    '',
    '-n',
    '--',
    '\\n',
    "'",
    "''",
    "'\\''",
    '$HOME',
    '$(id)',
    '`id`',
    '~',
    '~root',
    '*',
    '{a,b}',
    'a=b',
    '#',
    '!!',
  ],
  ...['é', '日本', '🚢', '\u2028', 'if', 'time', '%s', '\\0', ' a ', 'a\nb', "it's", '[!a]', '$?'],
];
const word = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.array(fc.constantFrom(...NASTY), { maxLength: 6 }).map((parts) => parts.join('')),
  )
  .map((text) => text.replaceAll('\0', '0'));

describe.each(SHELLS)('words that are quoted for %s', (shell) => {
  it('are read back as they were', () => {
    const lists = fc.array(fc.array(word, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(lists, (cases) => {
        expect(readBack(shell, cases)).toEqual(cases);
      }),
      { numRuns: 15 },
    );
  });

  it('are read back each by itself, character by character', () => {
    const every = Array.from({ length: 0x17f }, (_, i) => [String.fromCharCode(i + 1)]);
    expect(readBack(shell, [...every, ...NASTY.map((text) => [text])])).toEqual([
      ...every,
      ...NASTY.map((text) => [text]),
    ]);
  });

  it.each([
    'if',
    'for',
    'case',
    'while',
    'until',
    'do',
    'done',
    'esac',
    'fi',
    'in',
    'time',
    'function',
    '!',
    '{',
    '[[',
  ])('name a program and are no grammar: %s', (name) => {
    const asked = `PATH=/nowhere; ${commandText([name, 'x'])} 2>/dev/null; printf %s $?`;
    // busybox has a command of that name, as all have of `[`: 2 is that command's word for what it cannot read.
    expect(run(shell, asked).toString()).toBe(shell === 'busybox' && name === '[[' ? '2' : '127');
  });

  it('are words also in a template right before a redirection', () => {
    expect(run(shell, sh`printf '%s,' a ${2}>&1`).toString()).toBe('a,2,');
    expect(run(shell, sh`printf '%s,' ${['a', 2]}>&1`).toString()).toBe('a,2,');
    expect(run(shell, sh`printf '%s,' ${'a'}${2}</dev/null`).toString()).toBe('a2,');
  });
});

describe('quoting', () => {
  it.each([
    ['plain', 'plain'],
    ['/usr/bin/env', '/usr/bin/env'],
    ['user@host:22', 'user@host:22'],
    ['', "''"],
    ['a b', "'a b'"],
    ["it's", "'it'\\''s'"],
    ['a=b', "'a=b'"],
    ['-rf', '-rf'],
    ['plain\n', "'plain\n'"],
  ])('of %j gives %s', (text, quoted) => {
    expect(quote(text)).toBe(quoted);
  });

  it('refuses a NUL', () => {
    expect(() => quote('a\0b')).toThrow(OptionError);
  });
});

describe('a command', () => {
  it('goes to the shell as it is where it is a string, and word by word where it is a list', () => {
    expect(commandText('echo $HOME | wc')).toBe('echo $HOME | wc');
    expect(commandText(['echo', '$HOME', '|'])).toBe("echo '$HOME' '|'");
    expect(commandText([''])).toBe("''");
  });

  it.each<[unknown, string]>([
    ['', 'got an empty one'],
    ['  \n', 'got an empty one'],
    [[], 'got an empty one'],
    ['a\0b', 'without NUL'],
    [['a', 'b\0'], 'without NUL'],
    [undefined, 'got undefined'],
    [null, 'got null'],
    [7, 'got a number'],
    [{ 0: 'a' }, 'got an object'],
    [['kill', 7], 'got a list that holds other things'],
    [[undefined], 'got a list that holds other things'],
    [[['a']], 'got a list that holds other things'],
  ])('%j is refused', (command, why) => {
    expect(() => commandText(command as Command)).toThrow(OptionError);
    expect(() => commandText(command as Command)).toThrow(why);
  });
});

describe('a shell line in a template', () => {
  it('quotes what is put in, and nothing else', () => {
    const name = "my file's name";
    expect(sh`rm -- ${name} && echo $HOME`).toBe("rm -- 'my file'\\''s name' && echo $HOME");
    expect(sh`ls ${['a', 'b c', 3]} ${true} ${10n}`).toBe("ls a 'b c' 3 true 10");
    expect(sh`nothing`).toBe('nothing');
    expect(sh`ls ${[]} -l`).toBe('ls  -l');
    expect(sh`${'a'}${'b c'}`).toBe("a'b c'");
  });

  it('reads the escapes of JavaScript, and refuses those that it cannot read', () => {
    expect(sh`printf 'a\\n'`).toBe("printf 'a\\n'");
    const unreadable = (): string => sh`sed 's/\(a\)/\1/' ${'file'}`;
    expect(unreadable).toThrow(OptionError);
    expect(unreadable).toThrow('write a backslash that the shell is to see twice');
  });

  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [{}, 'an object'],
    [() => 'x', 'a function'],
    [Symbol('x'), 'a symbol'],
    [['a', null], 'null'],
  ])('refuses %s as a value', (value, name) => {
    expect(() => sh`echo ${value}`).toThrow(OptionError);
    expect(() => sh`echo ${value}`).toThrow(`got ${name}`);
  });

  it('refuses a NUL in a value', () => {
    expect(() => sh`echo ${'a\0'}`).toThrow(OptionError);
  });
});
