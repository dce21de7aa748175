import { mkdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { EntryOutcome } from '../../../../src/remote/transfer/entry-outcome.js';
import type { TransferOptions } from '../../../../src/remote/transfer/options.js';
import { TransferError } from '../../../../src/remote/transfer/transfer-error.js';
import { copyHere, namesIn, useLocalPlaces } from './local-places.js';

const at = useLocalPlaces();

describe('what becomes of each thing in a transfer', () => {
  async function told(o: TransferOptions, from = at.from(), to = at.to()): Promise<EntryOutcome[]> {
    const outcomes: EntryOutcome[] = [];
    await copyHere(from, to, { ...o, onEntry: (outcome) => outcomes.push(outcome) });
    return outcomes.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  async function plant(): Promise<void> {
    await mkdir(at.from('new'));
    await writeFile(at.from('new', 'file'), 'new');
    await symlink('file', at.from('new', 'link'));
    for (const root of [at.from, at.to]) {
      await symlink('leads', root('same link'));
      await writeFile(root('same'), 'same');
      await utimes(root('same'), 1_000_000, 1_000_000);
    }
    await mkdir(at.to('gone'));
    await writeFile(at.to('gone', 'file'), 'it goes');
    await symlink('file', at.to('gone', 'link'));
  }

  const mirror: TransferOptions = { overwrite: 'if-different', delete: true };
  const expected: EntryOutcome[] = [
    { action: 'deleted', kind: 'directory', path: 'gone', size: undefined },
    { action: 'deleted', kind: 'file', path: 'gone/file', size: 7 },
    { action: 'deleted', kind: 'link', path: 'gone/link', size: undefined },
    { action: 'copied', kind: 'directory', path: 'new', size: undefined },
    { action: 'copied', kind: 'file', path: 'new/file', size: 3 },
    { action: 'copied', kind: 'link', path: 'new/link', size: undefined },
    { action: 'skipped', kind: 'file', path: 'same', size: 4 },
    { action: 'skipped', kind: 'link', path: 'same link', size: undefined },
  ];

  it('is told of a dry run as of the transfer itself', async () => {
    await plant();
    const before = await namesIn(at.to());
    expect(await told({ ...mirror, dryRun: true })).toEqual(expected);
    expect(await namesIn(at.to())).toEqual(before);
    expect(await told(mirror)).toEqual(expected);
    expect((await told(mirror)).map(({ action, path }) => `${action} ${path}`)).toEqual([
      'skipped new/file',
      'skipped new/link',
      'skipped same',
      'skipped same link',
    ]);
  });

  it('is told of a root that is made, and of a single file by its name', async () => {
    await writeFile(at.from('file'), 'x');
    expect(await told({}, at.from(), at.to('deep'))).toEqual([
      { action: 'copied', kind: 'directory', path: '', size: undefined },
      { action: 'copied', kind: 'file', path: 'file', size: 1 },
    ]);
    expect(await told({}, at.from('file'), at.to('other'))).toEqual([
      { action: 'copied', kind: 'file', path: 'file', size: 1 },
    ]);
  });

  it('is not told of what fails, which the summary has', async () => {
    await writeFile(at.from('file'), 'x');
    await mkdir(at.to('file'));
    const outcomes: EntryOutcome[] = [];
    const summary = await copyHere(at.from(), at.to(), { onEntry: (outcome) => outcomes.push(outcome) });
    expect(summary.failed).toMatchObject([{ code: 'EISDIR' }]);
    expect(outcomes).toEqual([]);
  });

  it('ends the transfer where whoever is told throws', async () => {
    await writeFile(at.from('file'), 'x');
    const onEntry = (): never => {
      throw new Error('that is enough');
    };
    const ended = copyHere(at.from(), at.to(), { onEntry });
    await expect(ended).rejects.toThrow(TransferError);
    await expect(ended).rejects.toThrow('that is enough');
  });
});
