import * as node from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { overFiles } from './file-places.js';
import { twinOf } from './twin.js';

const names: readonly string[] = [
  'with space',
  ' leading and trailing ',
  "it's",
  'say "so"',
  'line\nbreak',
  'tab\there',
  'carriage\rreturn',
  '-rf',
  '--help',
  '~',
  '~root',
  '$HOME',
  '$(touch pwned)',
  '`id`',
  'a;b&c|d',
  '*?[a-z]',
  '{a,b}',
  'back\\slash',
  '!history',
  '#hash',
  '%20',
  'C:',
  '...',
  '🚢 hawser',
  'e\u0301 decomposed',
  'é composed',
  '漢字',
  'עברית',
  '\u202Eoverride',
  '\x01\x1b[31m',
  '\uFFFD',
  'n'.repeat(255),
  'é'.repeat(127),
];

/** Names that are no UTF-8, and the text that stands for them: each bad byte is U+DC00 plus itself. */
const strange: readonly (readonly [bytes: Buffer, text: string])[] = [
  [Buffer.from('caf\xe9', 'latin1'), 'caf\uDCE9'],
  [Buffer.from([0xff, 0xfe]), '\uDCFF\uDCFE'],
  [Buffer.from([0xed, 0xa0, 0x80]), '\uDCED\uDCA0\uDC80'],
  [Buffer.concat([Buffer.from('é'), Buffer.from([0xc3])]), 'é\uDCC3'],
];

overFiles((place) => {
  const { same } = twinOf(place);

  describe('a name', () => {
    it.each(
      names.map((name) => [JSON.stringify(name.length > 100 ? `${name.slice(0, 3)}…` : name), name]),
    )('such as %s is one like any other', (_, name) =>
      same(async (fs, at) => {
        await fs.mkdir(at(name));
        await fs.writeFile(at(`${name}/${name}`), 'content');
        await fs.symlink(name, at(`${name}/l`));
        await fs.rename(at(`${name}/${name}`), at('moved'));
        await fs.copyFile(at('moved'), at(`${name}/${name}`));
        const read = await fs.readFile(at(`${name}/${name}`), 'utf8');
        const listed = await fs.readdir(at(), { recursive: true });
        const target = await fs.readlink(at(`${name}/l`));
        await fs.rm(at(`${name}/l`));
        await fs.mkdir(at(`${name}/gone`));
        await fs.rm(at(`${name}/gone`), { recursive: true });
        return [read, listed.sort(), target];
      }));

    it.each(
      strange,
    )('that is no UTF-8 (%o) can be listed, and used as bytes and as the text of it', async (bytes, text) => {
      const fs = await place.fs();
      const { there, here } = await place.ground();
      const path = Buffer.concat([Buffer.from(`${there}/`), bytes]);
      const seen = Buffer.concat([Buffer.from(`${here}/`), bytes]);
      await fs.writeFile(path, 'strange');
      expect(await node.readFile(seen, 'utf8')).toBe('strange');
      expect(await fs.readdir(there)).toEqual([text]);
      expect(await fs.readdir(there, { encoding: 'buffer' })).toEqual([bytes]);
      expect(await fs.readFile(`${there}/${text}`, 'utf8')).toBe('strange');
      await fs.rename(`${there}/${text}`, `${there}/plain`);
      await fs.symlink(bytes, `${there}/l`);
      expect(await fs.readlink(`${there}/l`)).toBe(text);
      expect(await fs.readlink(`${there}/l`, 'buffer')).toEqual(bytes);
      await fs.mkdir(path);
      await fs.writeFile(`${there}/${text}/${text}`, 'inside');
      await fs.rm(`${there}/${text}`, { recursive: true });
      expect((await node.readdir(here)).sort()).toEqual(['l', 'plain']);
    });

    it('with an error in it is shown without control characters in the message, and as it is in `path`', async () => {
      const fs = await place.fs();
      const { there } = await place.ground();
      const error: unknown = await fs.readFile(`${there}/a\x1b[31m\nb`).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'ENOENT', path: `${there}/a\x1b[31m\nb` });
      expect(error instanceof Error && error.message).not.toMatch(/[\x1b\n]/);
    });
  });

  describe('the home directory', () => {
    it.skipIf(place.isLocal)('is what `~` means, and where names without a directory begin', async () => {
      const fs = await place.fs();
      const home = await fs.realpath('~');
      const { there } = await place.ground();
      expect(home.startsWith('/')).toBe(true);
      expect(await fs.realpath('.')).toBe(home);
      const name = `.hawser-test-${there.slice(-6)}`;
      try {
        await fs.writeFile(`~/${name}`, 'at home');
        expect(await fs.readFile(name, 'utf8')).toBe('at home');
        expect(await fs.readFile(`${home === '/' ? '' : home}/${name}`, 'utf8')).toBe('at home');
      } finally {
        await fs.rm(`~/${name}`, { force: true });
      }
    });

    it.skipIf(place.isEmbedded)("is another user's where one is named after `~`", async () => {
      const fs = await place.fs();
      expect(await fs.realpath('~root')).toBe(await node.realpath('/root'));
    });

    it('of a user that there is none of fails, and names the path', async () => {
      const fs = await place.fs();
      await expect(fs.stat('~hawser-nobody/a')).rejects.toMatchObject({
        name: 'FileError',
        message: expect.stringContaining('hawser-nobody'),
      });
    });

    it('is not meant by `~` inside of a path', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('~'), 'tilde');
        return fs.readFile(at('~'), 'utf8');
      }));
  });
});
