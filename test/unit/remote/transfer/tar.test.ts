import { execFile } from 'node:child_process';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
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
  it('puts its files where they belong by a script, whatever their names', async () => {
    const paths = ['a', '-rf', "it's", 'new\nline', "d ' e/$x", 'd/-/*', 'd/e/\udcff'];
    const layout = new BundleLayout();
    const bytes = (path: string): Buffer => Buffer.concat([Buffer.from(at.to('/')), Buffer.from(path, 'latin1')]);
    const parts: Buffer[] = [];
    for (const path of paths) {
      layout.holds(path);
      parts.push(tarHeader(layout.nameFor(path), 1, 0o600), Buffer.from('x'), tarPadding(1));
    }
    for (const directory of ["d ' e", 'd/-', 'd/e', 'stage']) await mkdir(at.to(directory), { recursive: true });
    await writeFile(at.from('archive'), Buffer.concat([...parts, layout.end()]));
    await run('sh', ['-c', `cd '${at.to('stage')}' && tar -xf '${at.from('archive')}' && sh ./move`]);
    for (const path of paths) {
      const raw = path === 'd/e/\udcff' ? 'd/e/\xff' : path;
      expect(await readFile(bytes(raw), 'utf8'), path).toBe('x');
    }
    expect((await namesIn(at.to('stage'))).filter((name) => name.includes('/'))).toEqual([]);
  });
});
