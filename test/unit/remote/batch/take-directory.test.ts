import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OptionError } from '../../../../src/core/hawser-error.js';
import { parseRecords } from '../../../../src/remote/batch/parse-records.js';
import { startSubmission } from '../../../../src/remote/batch/start-submission.js';
import { submitHelper } from '../../../../src/remote/batch/submit-helper.js';
import {
  type DirectoryHolder,
  parseTaken,
  releaseDirectory,
  type TakeDirectoryOptions,
  type TakenDirectory,
  takeDirectory,
} from '../../../../src/remote/batch/take-directory.js';
import { runShell, SHELLS } from './shells.js';

let base: string;
let count = 0;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'hawser-directories-'));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const holder = (claim: string, more: Partial<DirectoryHolder> = {}): DirectoryHolder => ({
  claim,
  slug: 'mine-0123456789',
  client: 'c1',
  pid: 17,
  key: 'it\'s "mine" $(id) \\n',
  name: 'a\nname é',
  ...more,
});
const other = (claim: string): DirectoryHolder => holder(claim, { slug: 'other-0123456789', key: 'other' });

describe.each(SHELLS)('a directory for one job at a time in %s', (_name, ...shell) => {
  const make = (): string => {
    const directory = join(base, `d ${count++}`);
    mkdirSync(directory, { mode: 0o700 });
    return directory;
  };
  const take = async (directory: string, who: DirectoryHolder, o: TakeDirectoryOptions = {}): Promise<TakenDirectory> =>
    parseTaken((await runShell(shell, takeDirectory('.hawser', who, o), directory)).stdout);

  it('is taken where nobody has it, and told to all others who that is', async () => {
    const directory = make();
    expect(await take(directory, holder('a.1'))).toEqual({ holder: holder('a.1'), stale: false, others: new Map() });
    expect((await take(directory, holder('a.2'))).holder).toEqual(holder('a.1'));
    expect((await take(directory, other('b.1'))).holder).toEqual(holder('a.1'));
    const file = join(directory, '.hawser/.holder');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(directory, '.hawser'))).toEqual(['.holder']);
  });

  it('is taken from one who is done with it, and from nobody else', async () => {
    const directory = make();
    await take(directory, holder('a.1'));
    for (const over of ['a', 'a.10', 'b.1', '', '*', 'a.1 mine']) {
      expect((await take(directory, other('b.1'), { over })).holder?.claim).toBe('a.1');
    }
    expect((await take(directory, other('b.1'), { over: 'a.1' })).holder).toEqual(other('b.1'));
    expect((await take(directory, holder('a.2'), { over: 'a.1' })).holder).toEqual(other('b.1'));
  });

  it('is taken from one that has left its exit status, but by the same one', async () => {
    const directory = make();
    await take(directory, holder('a.1'));
    mkdirSync(join(directory, '.hawser/mine-0123456789'));
    writeFileSync(join(directory, '.hawser/mine-0123456789/exit'), '0 1700000000 -\n');
    expect((await take(directory, holder('a.2'))).holder?.claim).toBe('a.1');
    expect((await take(directory, other('b.1'))).holder?.claim).toBe('b.1');
  });

  it('is given back by who has it alone', async () => {
    const directory = make();
    await take(directory, holder('a.1'));
    await runShell(shell, releaseDirectory('.hawser', 'a'), directory);
    expect((await take(directory, other('b.1'))).holder?.claim).toBe('a.1');
    await runShell(shell, releaseDirectory('.hawser', 'a.1'), directory);
    expect((await take(directory, other('b.1'))).holder?.claim).toBe('b.1');
  });

  it('tells what the other jobs in it are at, and how old the word of who has it is', async () => {
    const directory = make();
    for (const name of ['mine-0123456789', 'over-0123456789', 'coming-0123456789', 'dead-0123456789', 'jobs']) {
      mkdirSync(join(directory, '.hawser', name), { recursive: true, mode: 0o700 });
    }
    const put = (name: string, text: string): void => writeFileSync(join(directory, '.hawser', name), text);
    await take(directory, holder('a.1'));
    put('over-0123456789/exit', '0 1700000000 -\n');
    put('coming-0123456789/publishing', 'elsewhere boot 17 18\n');
    put('dead-0123456789/publishing', 'elsewhere boot 17 18\n');
    const past = new Date(Date.now() - 3_600_000);
    utimesSync(join(directory, '.hawser/dead-0123456789/publishing'), past, past);
    utimesSync(join(directory, '.hawser/.holder'), past, past);
    const { stale, others } = await take(directory, other('b.1'));
    expect(stale).toBe(true);
    expect([...others.keys()].toSorted()).toEqual([
      'coming-0123456789',
      'dead-0123456789',
      'mine-0123456789',
      'over-0123456789',
    ]);
    expect(others.get('over-0123456789')?.exit?.status).toBe(0);
    expect(others.get('coming-0123456789')?.publishing).toBe(true);
    expect(others.get('dead-0123456789')?.publishing).toBeUndefined();
  });

  it('has nothing submitted in it by a claim that does not stand any more', async () => {
    const directory = make();
    const record = '.hawser/mine-0123456789';
    mkdirSync(join(directory, record), { recursive: true, mode: 0o700 });
    writeFileSync(
      join(directory, record, 'helper'),
      submitHelper({ submitLine: 'echo ran >>runs; echo 7', idFilter: 'cat' }),
    );
    writeFileSync(join(directory, record, 'READY'), '');
    await take(directory, holder('a.10'));
    const start = async (claim: string): Promise<unknown> => {
      const { stdout } = await runShell(shell, startSubmission(record, { claim, wait: 10_000 }), directory);
      return parseRecords(stdout).get(record);
    };
    expect(await start('a.1')).toMatchObject({ lock: { begun: false, outdone: true } });
    expect(readdirSync(directory)).toEqual(['.hawser']);
    rmSync(join(directory, record, 'submit.lock'), { recursive: true });
    expect(await start('a.10')).toMatchObject({ lock: { begun: true }, id: '7' });
    expect(readFileSync(join(directory, 'runs'), 'utf8')).toBe('ran\n');
  });
});

it('refuses claims that are no words', () => {
  for (const claim of ['', 'a b', "'", '-n']) {
    expect(() => takeDirectory('.hawser', holder(claim))).toThrow(OptionError);
    expect(() => releaseDirectory('.hawser', claim)).toThrow(OptionError);
  }
});
