import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LocalAtOnce } from '../../../../src/remote/files/local/local-at-once.js';

let directory: string;
const at = (name: string): Buffer => Buffer.from(join(directory, name));

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hawser-at-once-'));
  await writeFile(at('file'), 'content');
});
afterEach(() => rm(directory, { recursive: true }));

describe('what is answered at once', () => {
  it('is a file that is as long as it was found to be', () => {
    expect(new LocalAtOnce().read(at('file'), 7)?.toString()).toBe('content');
  });

  it('is no file that is longer, shorter, or missing', () => {
    expect(new LocalAtOnce().read(at('file'), 6)).toBeUndefined();
    expect(new LocalAtOnce().read(at('file'), 8)).toBeUndefined();
    expect(new LocalAtOnce().read(at('nothing'), 7)).toBeUndefined();
    expect(new LocalAtOnce().lstat(at('nothing'))).toBeUndefined();
  });

  it('is what a link is, and not what it leads to', async () => {
    await symlink('file', at('link'));
    expect(new LocalAtOnce().lstat(at('link'))?.isSymbolicLink()).toBe(true);
  });
});
