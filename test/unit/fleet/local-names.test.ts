import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OptionError } from '../../../src/core/hawser-error.js';
import { fileNameOf, localNames, remoteName } from '../../../src/fleet/local-names.js';

describe("a host's key as a file's name", () => {
  it('is the key itself where every file system takes it', () => {
    for (const key of ['web1', 'db-1.example.org', 'root@web1', 'web[1]', 'müller', 'a b']) {
      expect(fileNameOf(key)).toBe(key);
    }
  });

  it('writes what leads elsewhere or is refused somewhere as in a URL', () => {
    expect(fileNameOf('root@web1:2222')).toBe('root@web1%3A2222');
    expect(fileNameOf('ssh://[::1]:22')).toBe('ssh%3A%2F%2F[%3A%3A1]%3A22');
    expect(fileNameOf('..')).toBe('%2E%2E');
    expect(fileNameOf('.')).toBe('%2E');
    expect(fileNameOf('..\\..')).toBe('..%5C..');
    expect(fileNameOf('a\nb\u009b')).toBe('a%0Ab%C2%9B');
    expect(fileNameOf('50%')).toBe('50%25');
  });

  it('is one part of a path, and another one for every key', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
        expect(fileNameOf(a)).not.toMatch(/^\.{0,2}$|[/\\]/);
        expect(fileNameOf(a) === fileNameOf(b)).toBe(a === b);
      }),
    );
  });
});

describe('the local names of what many hosts have', () => {
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'hawser-names-'));
  });

  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('have the key where the name says so, as often as it does', async () => {
    const nameOf = await localNames('logs/{key}/{key}.log', ['web1', 'a/b', '$&']);
    expect(['web1', 'a/b', '$&'].map(nameOf)).toEqual(['logs/web1/web1.log', 'logs/a%2Fb/a%2Fb.log', 'logs/$&/$&.log']);
    expect((await localNames('{key}.log', ['web1']))('web1')).toBe('web1.log');
  });

  it('are directories, one for each key, where a directory is named', async () => {
    for (const local of [directory, `${directory}/`, `${directory}/new/`]) {
      const nameOf = await localNames(local, ['a', 'b']);
      expect(nameOf('b')).toBe(join(local, 'b/'));
    }
    expect((await localNames('out/', ['a', 'b/c']))('b/c')).toBe('out/b%2Fc/');
  });

  it('are what was given for one host alone', async () => {
    expect((await localNames('out', ['a']))('a')).toBe('out');
    expect((await localNames(`${directory}/`, ['a']))('a')).toBe(`${directory}/`);
  });

  it('are refused where several hosts would write into one file', async () => {
    await expect(localNames('out', ['a', 'b'])).rejects.toThrow(OptionError);
    await expect(localNames('out', ['a', 'b'])).rejects.toThrow(
      'Expected a local name for each of the 2 hosts, got "out" for all of them: put {key} into it, or name a directory ("out/").',
    );
  });
});

it('knows the remote paths that have no name of their own', () => {
  expect(['/etc/hostname', 'a/b/', 'x'].map(remoteName)).toEqual(['hostname', 'b', 'x']);
  expect(['/', '.', '..', '~', '~root', 'a/..', ''].map(remoteName)).toEqual(['', '', '', '', '', '', '']);
});
