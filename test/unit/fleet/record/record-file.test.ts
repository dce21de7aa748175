import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AbortError } from '../../../../src/core/errors.js';
import { FileError } from '../../../../src/core/file-error.js';
import { ParseError } from '../../../../src/core/hawser-error.js';
import { MultiConnection } from '../../../../src/fleet/multi-connection.js';

let directory = '';
let file = '';
const fleet = new MultiConnection(['web1', 'web1', { host: 'web2', password: 'hunter2' }]);

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hawser-record-'));
  file = join(directory, 'fleet.json');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('the file of a fleet', () => {
  it('holds the record, is for its owner alone, and gives the fleet back', async () => {
    await fleet.save(file);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, 'utf8')).toBe(`${fleet}`);
    expect((await MultiConnection.load(file)).toJSON()).toEqual(fleet.toJSON());
    expect(await readdir(directory)).toEqual(['fleet.json']);
  });

  it('takes the place of one that others could read, and is then for its owner alone', async () => {
    await writeFile(file, 'old');
    await chmod(file, 0o644);
    await fleet.save(file);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('takes the place of a symbolic link, and leaves what that pointed to as it was', async () => {
    const other = join(directory, 'other');
    await writeFile(other, 'old');
    await symlink(other, file);
    await fleet.save(file);
    expect((await lstat(file)).isFile()).toBe(true);
    expect(await readFile(other, 'utf8')).toBe('old');
  });

  it('is whole, whoever else writes it at the same time', async () => {
    await Promise.all(Array.from({ length: 8 }, () => fleet.save(file)));
    expect((await MultiConnection.load(file)).sizeAll).toBe(3);
    expect(await readdir(directory)).toEqual(['fleet.json']);
  });

  it('stays as it was where it cannot be written, and nothing lies beside it', async () => {
    await mkdir(file);
    await expect(fleet.save(file)).rejects.toMatchObject({ code: expect.stringMatching(/^E/), path: file });
    await expect(fleet.save(file)).rejects.toThrow(FileError);
    await expect(fleet.save(join(directory, 'none', 'fleet.json'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await readdir(directory)).toEqual(['fleet.json']);
  });

  it('is an error with its name where it is not there or is a directory', async () => {
    await expect(MultiConnection.load(file)).rejects.toMatchObject({ code: 'ENOENT', path: file });
    await expect(MultiConnection.load(file)).rejects.toThrow(`loading the fleet ${file}`);
    await expect(MultiConnection.load(directory)).rejects.toMatchObject({ code: 'EISDIR' });
  });

  it('is an error with file, line and column where it is broken', async () => {
    await writeFile(file, '{\n  "version": 1,\n}');
    await expect(MultiConnection.load(file)).rejects.toMatchObject({ file, line: 3, column: 1 });
    await writeFile(file, '{ "version": 1,\n  "entries": [{ "key": "a", "kind": "ssh", "host": "a", "port": "x" }] }');
    await expect(MultiConnection.load(file)).rejects.toMatchObject({ file, line: 2, column: 65 });
    await expect(MultiConnection.load(file)).rejects.toThrow('$.entries[0].port');
    await writeFile(file, Buffer.from([0x22, 0xff, 0x22]));
    await expect(MultiConnection.load(file)).rejects.toThrow(ParseError);
  });

  it('may be read with credentials that take their time', async () => {
    await fleet.save(file);
    const loaded = await MultiConnection.load(file, { credentials: async (key) => ({ password: `of ${key}` }) });
    expect(loaded.get('web2')?.target.password).toBe('of web2');
    expect(loaded.get('web1')?.target.password).toBeUndefined();
  });

  it('is neither written nor read once the signal has fired, nor are credentials waited for', async () => {
    const signal = AbortSignal.abort();
    await expect(fleet.save(file, { signal })).rejects.toThrow(AbortError);
    await fleet.save(file);
    await expect(MultiConnection.load(file, { signal })).rejects.toThrow(AbortError);
    const controller = new AbortController();
    const credentials = (): Promise<undefined> => {
      controller.abort();
      return new Promise(() => {});
    };
    await expect(MultiConnection.load(file, { signal: controller.signal, credentials })).rejects.toThrow(AbortError);
  });
});
