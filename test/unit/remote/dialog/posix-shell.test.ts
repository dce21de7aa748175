import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quote } from '../../../../src/core/quote.js';
import { ShellPrompt, shellLine } from '../../../../src/remote/dialog/posix-shell.js';

/** What a shell prints for a command that was typed: the terminal makes a newline of Enter. */
function typed(command: string): string {
  return execFileSync('sh', ['-c', shellLine(command).replaceAll('\r', '\n')], { encoding: 'utf8' });
}

describe('a command typed to a shell', () => {
  it('is what it was, whatever characters are in it', () => {
    const word = fc
      .oneof(
        fc.string({ unit: 'grapheme' }),
        fc.string({ unit: fc.constantFrom('\t', '\n', "'", '\\', '\u0003', '"', '$', 'a') }),
      )
      .filter((text) => !text.includes('\0') && !text.includes('\r'));
    fc.assert(
      fc.property(word, (text) => {
        expect(typed(`printf %s ${quote(text)}`)).toBe(text);
      }),
      { numRuns: 60 },
    );
  });

  it('is typed in lines that every terminal takes, with no key that has a meaning of its own', () => {
    for (const command of [
      `echo ${'x'.repeat(20_000)}`,
      `echo ${"'".repeat(5000)}`,
      `cat <<X\n${'é\t'.repeat(3000)}\nX`,
    ]) {
      const lines = shellLine(command).split('\r');
      expect(Math.max(...lines.map((line) => Buffer.byteLength(line)))).toBeLessThan(4095);
      expect(lines.join('')).not.toMatch(/[\u0000-\u001f\u007f]/);
    }
    expect(typed(`echo ${'x'.repeat(20_000)}`)).toBe(`${'x'.repeat(20_000)}\n`);
  });
});

describe('the prompt of a shell', () => {
  it('is known by its number alone, with the status of the command before', () => {
    const prompt = new ShellPrompt('exec');
    const [, name = ''] = /\[(hawser-[0-9a-f]{12}):/.exec(prompt.setup) ?? [];
    expect(prompt.read(`[${name}:3]# `)).toMatchObject({ status: 3, mode: 'exec', start: 0, settle: 0 });
    expect(prompt.read(`${'x'.repeat(5000)}[${name}:127]# `)).toMatchObject({ status: 127, start: 5000 });
    for (const fake of ['[hawser-000000000000:0]# ', `[${name}:$?]# `, `[${name}:0]# x`, `[${name}:0]#`, '', '$ ']) {
      expect(prompt.read(fake)).toBeUndefined();
    }
    expect(new ShellPrompt('exec').read(`[${name}:3]# `)).toBeUndefined();
  });
});
