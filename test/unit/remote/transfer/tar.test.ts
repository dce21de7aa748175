import { execFile } from 'node:child_process';
import { mkdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { bytesFromName } from '../../../../src/remote/files/names.js';
import { BundleLayout } from '../../../../src/remote/transfer/tar/bundle.js';
import { tarEnd, tarHeader, tarPadding } from '../../../../src/remote/transfer/tar/tar-header.js';
import { namesIn, textOf, useLocalPlaces } from './local-places.js';

const run = promisify(execFile);
const at = useLocalPlaces();

describe('an archive', () => {
  it('is one for the tar of the system', async () => {
    const files = { 'a/b': 'hello', empty: '', full: 'x'.repeat(512), [`${'n'.repeat(99)}`]: 'y'.repeat(513) };
    const parts = Object.entries(files).flatMap(([name, text]) => [
      tarHeader(Buffer.from(name), text.length, 0o640),
      Buffer.from(text),
      tarPadding(text.length),
    ]);
    await writeFile(at.from('archive'), Buffer.concat([...parts, tarEnd()]));
    await run('tar', ['-xf', at.from('archive'), '-C', at.to()]);
    for (const [name, text] of Object.entries(files)) expect(await textOf(at.to(name))).toBe(text);
    expect((await stat(at.to('full'))).mode & 0o777).toBe(0o640);
  });
});

describe('a bundle', () => {
  const deep = ['x'.repeat(60), 'y'.repeat(60), 'z'.repeat(60)].join('/');
  const paths = ['a', '-rf', "it's", 'new\nline', "d ' e/$x", 'd/-/*', 'd/e/\udcff', '-d/f', `${deep}/f`];

  /** Unpacks the files, each of which has its path as its content, and runs the script in `stage`. */
  async function unfold(files: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<void> {
    const layout = new BundleLayout();
    const parts: Buffer[] = [];
    for (const path of files) {
      const content = bytesFromName(path);
      parts.push(tarHeader(layout.add(path), content.length, 0o640), content, tarPadding(content.length));
    }
    await mkdir(at.to('stage'));
    await writeFile(at.from('archive'), Buffer.concat([...parts, layout.end()]));
    await run(
      'sh',
      ['-c', `cd '${at.to('stage')}' && tar -x -o -m --no-same-permissions -f '${at.from('archive')}' && sh ./move`],
      { env: { ...process.env, ...env } },
    );
    await rm(at.to('stage'), { recursive: true });
  }

  async function makeDirectories(): Promise<void> {
    for (const name of ["d ' e", 'd/-', 'd/e', '-d', deep]) await mkdir(at.to(name), { recursive: true });
  }

  async function expectAll(): Promise<void> {
    for (const path of paths) {
      const content = bytesFromName(path);
      const file = Buffer.concat([Buffer.from(at.to('/')), content]);
      expect((await readFile(file)).equals(content), path).toBe(true);
      expect(await stat(file), path).toMatchObject({ nlink: 1, mode: 0o100640 });
    }
    const { stdout } = await run('find', [at.to(), '-type', 'f', '-printf', '.']);
    expect(stdout).toHaveLength(paths.length);
  }

  /** A directory of programs that stand in front of the system's. */
  async function stubs(programs: Readonly<Record<string, string>>): Promise<Record<string, string>> {
    await mkdir(at.from('bin'));
    for (const [name, script] of Object.entries(programs)) {
      await writeFile(at.from('bin', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    return { PATH: `${at.from('bin')}:${process.env['PATH']}` };
  }

  it('puts its files where they belong by a script, whatever their names', async () => {
    await makeDirectories();
    await unfold(paths);
    await expectAll();
  });

  it('needs one process for files in many directories whose paths have room in a header', async () => {
    const many = Array.from({ length: 20 }, (_, i) => `m${i}/f`);
    for (const path of many) await mkdir(at.to(dirname(path)));
    await unfold(many, await stubs({ mv: 'exit 1' }));
    for (const path of many) expect(await textOf(at.to(path))).toBe(path);
  });

  it('renames them where cp knows no -l', async () => {
    await makeDirectories();
    const env = await stubs({ cp: 'echo "cp: illegal option -- l" >&2; exit 1' });
    await unfold(paths, env);
    await expectAll();
  });

  it('renames what is left where cp got only some of them done', async () => {
    await makeDirectories();
    await unfold(paths, await stubs({ cp: 'ln tree/a ../a; ln "tree/d/-/*" ../d/-/; exit 1' }));
    await expectAll();
  });

  it('replaces what has appeared meanwhile, and writes through no link to a file', async () => {
    await makeDirectories();
    await writeFile(at.to('a'), 'old');
    await writeFile(at.from('elsewhere'), 'old');
    await symlink(at.from('elsewhere'), at.to('-rf'));
    await unfold(paths);
    await expectAll();
    expect(await textOf(at.from('elsewhere'))).toBe('old');
  });

  it('gets by where a link to a directory stands in the place of one', async () => {
    await makeDirectories();
    await rename(at.to('d/e'), at.to('other'));
    await symlink('../other', at.to('d/e'));
    await unfold(paths);
    await rm(at.to('d/e'));
    await rename(at.to('other'), at.to('d/e'));
    await expectAll();
  });

  it('fails, and replaces no directory, where one stands in the place of a file', async () => {
    await makeDirectories();
    await mkdir(at.to('a/b'), { recursive: true });
    await expect(unfold(paths)).rejects.toThrow('Command failed');
    expect(await namesIn(at.to('a'))).toEqual(['b']);
  });
});
