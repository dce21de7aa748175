import { constants } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileError } from '../../../../src/core/file-error.js';
import { gatheredAccess } from '../../../../src/remote/files/gathered/gathered-access.js';
import { GatheredDriver, type GatheredFile } from '../../../../src/remote/files/gathered/gathered-driver.js';
import { localAccess } from '../../../../src/remote/files/local/local-access.js';
import { transfer } from '../../../../src/remote/transfer/transfer.js';

describe('files from here and there as one tree', () => {
  let here: string;
  let files: readonly GatheredFile[];
  beforeAll(async () => {
    here = await mkdtemp(join(tmpdir(), 'hawser-gathered-'));
    await writeFile(join(here, 'local'), 'of a file');
    files = [
      { path: 'a/b/text', size: 4, mode: 0o640, content: Buffer.from('text') },
      { path: 'a/local', size: 9, mode: 0o755, content: { local: join(here, 'local') } },
      { path: 'top', size: 0, mode: 0o600, content: new Uint8Array() },
      { path: 'gone', size: 1, mode: 0o600, content: { local: join(here, 'missing') } },
    ];
  });
  afterAll(() => rm(here, { recursive: true, force: true }));

  const listed = async (driver: GatheredDriver, path: string): Promise<readonly string[]> => {
    const names: string[] = [];
    for await (const batch of driver.list(Buffer.from(path))) names.push(...batch.map(({ name }) => String(name)));
    return names;
  };

  it('are listed and looked at as they would be there', async () => {
    const driver = new GatheredDriver(files);
    expect(await listed(driver, '/')).toEqual(['a', 'top', 'gone']);
    expect(await listed(driver, '/a/')).toEqual(['b', 'local']);
    const found = await driver.lstat(Buffer.from('/a/local'));
    expect([found.isFile(), found.size, found.mode & 0o777]).toEqual([true, 9, 0o755]);
    expect((await driver.stat(Buffer.from('/a/b'))).isDirectory()).toBe(true);
    expect(driver.atOnce.lstat(Buffer.from('/a/b/text'))?.size).toBe(4);
    expect(String(driver.atOnce.read(Buffer.from('/a/b/text'), 4))).toBe('text');
    expect(driver.atOnce.read(Buffer.from('/a/b/text'), 3)).toBeUndefined();
    expect(driver.atOnce.read(Buffer.from('/a'), 3)).toBeUndefined();
  });

  it('can be read, and not be changed', async () => {
    const driver = new GatheredDriver(files);
    const file = await driver.open(Buffer.from('/a/local'), constants.O_RDONLY);
    expect(String(Buffer.concat(await file.read(0, 100)))).toBe('of a file');
    await file.close();
    const refused: readonly (readonly [string, Promise<unknown>])[] = [
      ['EROFS', driver.open(Buffer.from('/top'), constants.O_WRONLY)],
      ['EISDIR', driver.open(Buffer.from('/a'), constants.O_RDONLY)],
      ['ENOENT', driver.open(Buffer.from('/other'), constants.O_RDONLY)],
      ['ENOENT', driver.lstat(Buffer.from('/a/b/text/c'))],
      ['ENOTDIR', listed(driver, '/top')],
      ['EROFS', driver.unlink()],
    ];
    for (const [code, call] of refused) await expect(call).rejects.toMatchObject({ code });
  });

  it('are sent as a tree, and what cannot be read is told by its own path', async () => {
    const target = join(here, 'target');
    const from = { access: gatheredAccess(files), path: '/' };
    const summary = await transfer(from, { access: localAccess(), path: target });
    expect(summary).toMatchObject({
      files: 3,
      directories: 3,
      failed: [{ code: 'ENOENT', path: join(here, 'missing') }],
    });
    expect(summary.failed[0]).toBeInstanceOf(FileError);
    expect((await readdir(target, { recursive: true })).toSorted()).toEqual(['a', 'a/b', 'a/b/text', 'a/local', 'top']);
    expect(await readFile(join(target, 'a/local'), 'utf8')).toBe('of a file');
    expect((await stat(join(target, 'a/local'))).mode & 0o100).toBe(0o100);
  });
});
