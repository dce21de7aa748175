import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileError } from '../../../../src/core/file-error.js';
import { OptionError } from '../../../../src/core/hawser-error.js';
import type { JobInput } from '../../../../src/jobs/job-spec.js';
import { inputPath } from '../../../../src/jobs/staging/input-path.js';
import { manifestOf } from '../../../../src/jobs/staging/manifest.js';

const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');
const pathsOf = async (inputs: Record<string, JobInput>): Promise<readonly string[]> =>
  (await manifestOf(inputs)).files.map(({ path }) => path);

let here: string;
beforeAll(async () => {
  here = await mkdtemp(join(tmpdir(), 'hawser-manifest-'));
  await mkdir(join(here, 'tree/b/c'), { recursive: true });
  await mkdir(join(here, 'tree/empty'));
  await writeFile(join(here, 'tree/a'), 'A', { mode: 0o640 });
  await writeFile(join(here, 'tree/b/c/run'), 'B', { mode: 0o750 });
  await writeFile(join(here, 'large'), Buffer.alloc(3_000_000, 'large'));
});
afterAll(() => rm(here, { recursive: true, force: true }));

describe('the manifest of the inputs of a job', () => {
  it('tells path, SHA-256, size and mode of texts, bytes and local files, by the order of paths', async () => {
    const { files, checksums } = await manifestOf({
      'z/text': 'ü',
      bytes: new Uint8Array([0, 255]),
      large: { local: join(here, 'large') },
    });
    expect(files).toMatchObject([
      { path: 'bytes', sha256: sha256(new Uint8Array([0, 255])), size: 2, mode: 0o644 },
      { path: 'large', sha256: sha256(Buffer.alloc(3_000_000, 'large')), size: 3_000_000 },
      { path: 'z/text', sha256: sha256('ü'), size: 2, mode: 0o644 },
    ]);
    expect(checksums.get('z/text')).toBe(sha256('ü'));
    expect(await manifestOf()).toEqual({ files: [], checksums: new Map() });
  });

  it('has the files of a local directory with their modes, below its path or in the job directory itself', async () => {
    const { files } = await manifestOf({ 'to/': { local: join(here, 'tree') } });
    expect(files).toMatchObject([
      { path: 'to/a', mode: 0o640 },
      { path: 'to/b/c/run', mode: 0o750 },
    ]);
    expect(await pathsOf({ '.': { local: join(here, 'tree') }, './x//y': '' })).toEqual(['a', 'b/c/run', 'x/y']);
  });

  it('follows links, but for those that lead back to above themselves', async () => {
    const links = join(here, 'links');
    await mkdir(links);
    await symlink(join(here, 'tree'), join(links, 'tree'));
    await symlink(join(here, 'large'), join(links, 'file'));
    expect(await pathsOf({ in: { local: links } })).toEqual(['in/file', 'in/tree/a', 'in/tree/b/c/run']);
    await symlink('..', join(links, 'up'));
    await expect(manifestOf({ in: { local: links } })).rejects.toMatchObject({ code: 'ELOOP' });
  });

  it('refuses a path that is not one below the directory', async () => {
    for (const [path, why] of [
      ['', 'is empty'],
      ['/etc/passwd', 'is absolute'],
      ['~/x', 'begins at the home'],
      ['a/../b', 'leads out'],
      ['.hawser/x', 'records of jobs'],
      ['./.hawser', 'records of jobs'],
      ['other/.hawser/x', 'records of jobs'],
      ['a\nb', 'control characters'],
      ['a\ud800b', 'half of a character'],
    ] as const) {
      await expect(manifestOf({ [path]: '' }), path).rejects.toThrow(OptionError);
      await expect(manifestOf({ [path]: '' }), path).rejects.toThrow(why);
    }
    for (const path of ['.', 'a/']) await expect(manifestOf({ [path]: '' })).rejects.toThrow('the path of a file');
    const own = join(here, 'own');
    await mkdir(join(own, '.hawser'), { recursive: true });
    await writeFile(join(own, '.hawser/x'), '');
    await expect(manifestOf({ '.': { local: own } })).rejects.toThrow('".hawser" of');
  });

  it('refuses what comes twice, and files with files below them', async () => {
    const tree = { local: join(here, 'tree') };
    await expect(manifestOf({ x: tree, 'x/a': '' })).rejects.toThrow('got "x/a" twice');
    await expect(manifestOf({ 'x/y': '', './x//y': '' })).rejects.toThrow('got "x/y" twice');
    await expect(manifestOf({ a: '', 'a/b/c': '' })).rejects.toThrow('"a" to be a file or a directory, got both');
  });

  it('refuses what is no file: a pipe, something missing, another kind of value', async () => {
    execFileSync('mkfifo', [join(here, 'pipe')]);
    await expect(manifestOf({ a: { local: join(here, 'pipe') } })).rejects.toMatchObject({ code: 'ENOTSUP' });
    await expect(manifestOf({ a: { local: join(here, 'missing') } })).rejects.toThrow(FileError);
    const wrong: unknown = { a: 5 };
    const isInputs = (value: unknown): value is Record<string, JobInput> => typeof value === 'object';
    if (isInputs(wrong)) await expect(manifestOf(wrong)).rejects.toThrow('to be a text, bytes, or { local: path }');
    await expect(manifestOf({ a: { local: '' } })).rejects.toThrow(OptionError);
  });

  it('is given up by its signal', async () => {
    const signal = AbortSignal.abort();
    await expect(manifestOf({ a: { local: here } }, { signal })).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('takes no path of any kind that would lie outside of the directory', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('..', '.', '', 'a', '.hawser', '~', '\0', 'ü')), (names) => {
        let path: string;
        try {
          path = inputPath(names.join('/'));
        } catch (error) {
          return error instanceof OptionError;
        }
        const taken = path.split('/');
        return !path.startsWith('/') && !taken.includes('..') && !taken.includes('.hawser') && !path.includes('\0');
      }),
    );
  });
});
