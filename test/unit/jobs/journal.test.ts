import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HawserError } from '../../../src/core/hawser-error.js';
import { Journal, type JournalEntry, journalDirectory } from '../../../src/jobs/journal.js';

const entry: JournalEntry = {
  v: 1,
  key: 'a',
  name: 'a',
  directory: 'a',
  machine: 'm',
  place: 'local ~',
  token: 't',
  attempt: 1,
  step: 'intent',
  at: 0,
};

describe('a journal', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'hawser-journal-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('has the last that was written of each job, and leaves nothing beside it', async () => {
    const journal = new Journal(directory, 'm');
    await journal.write('a', entry);
    await journal.write('a', { ...entry, step: 'submitted', id: '7' });
    await Promise.all(Array.from({ length: 20 }, (_, attempt) => journal.write('b', { ...entry, attempt })));
    expect(await journal.read('a')).toEqual({ ...entry, step: 'submitted', id: '7' });
    expect(await readdir(join(directory, 'm'))).toEqual(['a.json', 'b.json']);
  });

  it('has nothing of jobs that nobody wrote, nor of what is no entry', async () => {
    const journal = new Journal(directory, 'm');
    await mkdir(join(directory, 'm'));
    for (const [name, text] of Object.entries({
      a: '{',
      b: '[]',
      c: '{"v":2}',
      d: JSON.stringify({ ...entry, id: 7 }),
    })) {
      await writeFile(join(directory, 'm', `${name}.json`), text);
      expect(await journal.read(name)).toBeUndefined();
    }
    expect(await journal.read('e')).toBeUndefined();
  });

  it('keeps machines of any name apart, in its own directory', async () => {
    for (const [i, name] of ['..', '.', 'a/b', '../a', 'a%2Fb'].entries()) {
      await new Journal(directory, name).write('a', { ...entry, attempt: i });
    }
    expect(await readdir(directory)).toHaveLength(5);
    expect(await new Journal(directory, '../a').read('a')).toMatchObject({ attempt: 3 });
  });

  it('says that nothing was sent where it cannot be written', async () => {
    await writeFile(join(directory, 'm'), '');
    const error = await new Journal(directory, 'm').write('a', entry).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(HawserError);
    expect(String(error)).toMatch(/Cannot write down in .* that "a" is to be submitted, and nothing was sent/);
  });

  it('is where the state of programs belongs', () => {
    expect(journalDirectory({ XDG_STATE_HOME: '/state' })).toBe('/state/hawser/jobs');
    expect(journalDirectory({ XDG_STATE_HOME: 'relative' })).toMatch(/\.local\/state\/hawser\/jobs$/);
  });
});
