import { appendFile, mkdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { AbortError, ClosedError, DisconnectedError } from '../../../../src/core/errors.js';
import { FileError } from '../../../../src/core/file-error.js';
import { OptionError } from '../../../../src/core/hawser-error.js';
import type { FileAccess } from '../../../../src/remote/files/file-access.js';
import { openTail } from '../../../../src/remote/tail/open-tail.js';
import type { TailNotice } from '../../../../src/remote/tail/tail-notice.js';
import type { TailOptions } from '../../../../src/remote/tail/tail-options.js';
import type { Tailer } from '../../../../src/remote/tail/tailer.js';
import { drivers, ScratchLog, scratchAccess } from './scratch.js';

/** The next `count` lines. */
async function take(tail: Tailer, count: number): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of tail) {
    lines.push(line);
    if (lines.length === count) break;
  }
  return lines;
}

function notices(tail: Tailer): string[] {
  const seen: string[] = [];
  tail.on('notice', ({ type }: TailNotice) => seen.push(type));
  return seen;
}

describe.each(drivers)('a tail of files $name', ({ make, holds }) => {
  const here = (): FileAccess => {
    const files = make();
    return scratchAccess(async () => files);
  };
  const open = (log: ScratchLog, o: TailOptions = {}): Promise<Tailer> =>
    openTail(here(), log.path, { pollInterval: 5, ...o });

  it('begins at the end, and gives what came since the last read', async () => {
    await using log = await ScratchLog.make('old\n');
    await using tail = await open(log);
    expect(await tail.read()).toBe('');
    await log.write('one\ntw');
    expect(await tail.read()).toBe('one\ntw');
    await log.write('o\n');
    expect(await tail.read()).toBe('o\n');
    expect({ position: tail.position, contents: tail.contents }).toEqual({ position: 12, contents: 'one\ntwo\n' });
  });

  it('begins at the start, at an offset, or at the start again when the offset is beyond the end', async () => {
    await using log = await ScratchLog.make('a\nb\n');
    for (const [from, text] of [
      ['start', 'a\nb\n'],
      [2, 'b\n'],
      [0, 'a\nb\n'],
      [99, 'a\nb\n'],
    ] as const) {
      await using tail = await open(log, { from });
      expect(await tail.read()).toBe(text);
    }
  });

  it('begins with the last lines, of which the last may have no end', async () => {
    await using log = await ScratchLog.make('1\n2\n\n4');
    for (const [lines, text] of [
      [0, ''],
      [1, '4'],
      [2, '\n4'],
      [3, '2\n\n4'],
      [4, '1\n2\n\n4'],
      [9, '1\n2\n\n4'],
    ] as const) {
      await using tail = await open(log, { lines });
      expect(await tail.read()).toBe(text);
    }
  });

  it('finds the last lines of a large file without reading the rest of it', async () => {
    const block = `${'x'.repeat(1000)}\n`.repeat(1000);
    await using log = await ScratchLog.make(`${block}one\n${'y'.repeat(200_000)}\nlast\n`);
    await using tail = await open(log, { lines: 3 });
    expect(await tail.read()).toBe(`one\n${'y'.repeat(200_000)}\nlast\n`);
  });

  it('gives whole lines, without their ends, and holds back the last until it is whole', async () => {
    await using log = await ScratchLog.make('');
    await using tail = await open(log);
    await log.write('one\r\n\ntwo\nthr');
    expect(await take(tail, 3)).toEqual(['one', '', 'two']);
    const next = take(tail, 1);
    await log.write('ee\n');
    expect(await next).toEqual(['three']);
    await log.write('rest');
    expect(await tail.read()).toBe('rest');
  });

  it('puts characters together that came in pieces, and takes bytes that are none for U+FFFD', async () => {
    await using log = await ScratchLog.make('');
    await using tail = await open(log);
    const bytes = Buffer.from('€🚀\n');
    let text = '';
    for (const byte of bytes) {
      await log.write(Uint8Array.of(byte));
      text += await tail.read();
    }
    expect(text).toBe('€🚀\n');
    await log.write(Uint8Array.of(0xff, 0x0a));
    expect(await tail.read()).toBe('\uFFFD\n');
    await using latin = await open(log, { encoding: 'latin1', lines: 1 });
    expect(await latin.read()).toBe('ÿ\n');
  });

  it('reads again from an offset, which changes neither the position nor the contents', async () => {
    await using log = await ScratchLog.make('old\n');
    await using tail = await open(log);
    await log.write('new\n');
    expect(await tail.read(0)).toBe('old\nnew\n');
    expect(await tail.read(6)).toBe('w\n');
    expect(await tail.read(99)).toBe('');
    expect(await tail.read()).toBe('');
    expect(tail.contents).toBe('new\n');
  });

  it('has read all there was when it is closed, and is over then', async () => {
    await using log = await ScratchLog.make('old\n');
    const tail = await open(log);
    await log.write('new\n');
    const loop = take(tail, 2);
    await Promise.all([tail.close(), tail.close()]);
    expect(tail.contents).toBe('new\n');
    expect((await loop).length).toBeLessThan(2);
    await expect(tail.read()).rejects.toThrow(ClosedError);
    expect(await take(tail, 1)).toEqual([]);
  });

  it('keeps all of the contents where no limit is given, however large', async () => {
    const block = `${'x'.repeat(1023)}\n`.repeat(1024);
    await using log = await ScratchLog.make(block.repeat(20));
    const tail = await open(log, { from: 'start' });
    expect((await tail.read()).length).toBe(20 * block.length);
    await tail.close();
    expect(tail.contents === block.repeat(20)).toBe(true);
    expect(tail.contentsTruncated).toBe(false);
  });

  it('keeps the last of the contents, up to a limit', async () => {
    await using log = await ScratchLog.make('');
    await using tail = await open(log, { maxContents: 4 });
    await log.write('123456789');
    await tail.read();
    expect({ contents: tail.contents, truncated: tail.contentsTruncated }).toEqual({
      contents: '6789',
      truncated: true,
    });
  });

  it('begins anew when the file was truncated, be it longer than before by now', async () => {
    await using log = await ScratchLog.make('');
    await using tail = await open(log);
    const seen = notices(tail);
    await log.write('before, held');
    await tail.read();
    await log.truncate();
    await log.write('a\n');
    expect(await tail.read()).toBe('a\n');
    await log.truncate();
    await log.write('much longer than what was there before\n');
    expect(await tail.read()).toBe('much longer than what was there before\n');
    expect(seen).toEqual(['truncated', 'truncated']);
  });

  it.runIf(holds)('reads a rotated file to its end, also what comes before anybody writes to the new one', async () => {
    await using log = await ScratchLog.make('');
    await using tail = await open(log);
    const seen = notices(tail);
    await log.write('1\n');
    await tail.read();
    await log.write('2\n');
    await log.rotate();
    expect(await tail.read()).toBe('2\n');
    await appendFile(`${log.path}.1`, '3\n4 without an end');
    expect(await tail.read()).toBe('3\n4 without an end');
    await log.write('5\n');
    expect(await take(tail, 1)).toEqual(['5']);
    expect(seen).toEqual(['rotated']);
  });

  it('ends the last line of a file that another one has replaced', async () => {
    await using log = await ScratchLog.make('');
    await using tail = await open(log);
    await log.write('cut off');
    const lines = take(tail, 2);
    await log.rotate();
    await log.write('new\n');
    expect(await lines).toEqual(['cut off', 'new']);
  });

  it('reads the files that came and went between two looks', async () => {
    await using log = await ScratchLog.make('0\n');
    await using tail = await open(log, { from: 'start' });
    await tail.read();
    for (const text of ['1\n', '22\n', '333\n']) {
      await log.write(text);
      await log.rotate();
    }
    await log.write('4444\n');
    expect(await tail.read()).toBe('1\n22\n333\n4444\n');
  });

  it('reads the rest of files that were given dates for names, and those in between', async () => {
    await using log = await ScratchLog.make('0\n');
    await using tail = await open(log, { from: 'start' });
    const seen = notices(tail);
    await tail.read();
    for (const [text, name] of [
      ['1\n', '-20261120'],
      ['22\n', '-20261121'],
      ['333\n', '-20261122'],
    ] as const) {
      await log.write(text);
      await rename(log.path, log.path + name);
    }
    await log.write('4444\n');
    expect(await tail.read()).toBe('1\n22\n333\n4444\n');
    expect(seen).toEqual(['rotated', 'rotated', 'rotated']);
  });

  it.runIf(holds)('says where lines may be missing since files were compressed before they were read', async () => {
    await using log = await ScratchLog.make('');
    await using tail = await open(log);
    const gaps: TailNotice[] = [];
    tail.on('notice', (notice) => {
      if (notice.type === 'gap') gaps.push(notice);
    });
    const compress = async (name: string): Promise<void> => {
      // As gzip(1) does: the time of modification stays.
      const { atime, mtime } = await stat(log.path);
      await writeFile(log.path + name, 'compressed');
      await utimes(log.path + name, atime, mtime);
      await rm(log.path);
    };
    await log.write('1\n');
    expect(await tail.read()).toBe('1\n');
    await compress('.1.gz');
    await log.write('2\n');
    expect(await tail.read()).toBe('2\n');
    expect(gaps).toEqual([]);
    await rename(`${log.path}.1.gz`, `${log.path}.3.gz`);
    await compress('.2.gz');
    await log.write('3\n');
    await compress('.1.gz');
    await log.write('4\n');
    expect(await tail.read()).toBe('4\n');
    expect(gaps).toHaveLength(1);
  });

  it.runIf(holds)('says that lines may be missing where the file that was read is not to be found', async () => {
    await using log = await ScratchLog.make('');
    await using tail = await open(log);
    const seen = notices(tail);
    await log.write('1\n');
    expect(await tail.read()).toBe('1\n');
    await rm(log.path);
    await log.write('22\n');
    expect(await tail.read()).toBe('22\n');
    expect(seen).toEqual(['rotated', 'gap']);
  });

  it.runIf(!holds)('tells a rotation from a truncation where files are open by their names alone', async () => {
    await using log = await ScratchLog.make('');
    await using tail = await open(log);
    const seen = notices(tail);
    await log.write('1\n');
    expect(await tail.read()).toBe('1\n');
    await log.write('2\n');
    await log.rotate();
    await log.write('3\n');
    expect(await tail.read()).toBe('2\n3\n');
    expect(seen).toEqual(['rotated']);
  });

  it('reads on in the copies that copytruncate left', async () => {
    await using log = await ScratchLog.make('0\n');
    await using tail = await open(log);
    await log.write('1\n');
    await log.copyTruncate();
    await log.write('22\n');
    await log.copyTruncate();
    await log.write('333\n');
    expect(await tail.read()).toBe('1\n22\n333\n');
  });

  it('waits for a file that goes, and says so once', async () => {
    await using log = await ScratchLog.make('');
    await using tail = await open(log);
    const seen = notices(tail);
    await log.write('1\n');
    if (!holds) await tail.read();
    await rename(log.path, `${log.path}.gone`);
    expect(await tail.read()).toBe(holds ? '1\n' : '');
    expect(await tail.read()).toBe('');
    await log.write('2\n');
    expect(await tail.read()).toBe('2\n');
    expect(seen).toEqual(['waiting', 'appeared', 'rotated']);
  });

  it('waits for a file that is not there yet only when asked to', async () => {
    await using log = await ScratchLog.make();
    await expect(open(log)).rejects.toMatchObject({ code: 'ENOENT', path: log.path });
    await using tail = await open(log, { missing: 'wait', lines: 1 });
    const seen = notices(tail);
    expect(await tail.read()).toBe('');
    const line = take(tail, 1);
    await log.write('all of it\nis new\n');
    expect(await line).toEqual(['all of it']);
    expect(seen).toEqual(['waiting', 'appeared']);
  });

  it('refuses what is no regular file, and what cannot be meant', async () => {
    await using log = await ScratchLog.make();
    await mkdir(log.path);
    await expect(open(log)).rejects.toMatchObject({ code: 'EISDIR' });
    await expect(openTail(here(), '/dev/null')).rejects.toBeInstanceOf(FileError);
    const wrong: readonly TailOptions[] = [
      { lines: -1 },
      { lines: 1, from: 'start' },
      { from: 1.5 },
      { pollInterval: 0 },
      { maxContents: Number.NaN },
      { reconnect: { attempts: -1 } },
      { encoding: 'hex' as 'utf8' },
      { missing: 'no' as 'wait' },
    ];
    for (const o of wrong) await expect(open(log, o)).rejects.toThrow(OptionError);
  });

  it('is ended by its signal: the loop throws, and so does what reads', async () => {
    await using log = await ScratchLog.make('');
    const controller = new AbortController();
    await using tail = await open(log, { signal: controller.signal });
    const loop = take(tail, 1);
    controller.abort();
    await expect(loop).rejects.toThrow(AbortError);
    await expect(tail.read()).rejects.toThrow(AbortError);
    expect(tail.closed).toBe(true);
    await expect(open(log, { signal: AbortSignal.abort() })).rejects.toThrow(AbortError);
  });

  it('loses nothing when a read is given up', async () => {
    await using log = await ScratchLog.make('');
    await using tail = await open(log);
    await log.write('1\n');
    await expect(tail.read(undefined, { signal: AbortSignal.abort() })).rejects.toThrow(AbortError);
    expect(await tail.read()).toBe('1\n');
  });
});

describe('a tail whose link is lost', () => {
  const lost = (): DisconnectedError => new DisconnectedError('The link was cut.');

  /** Access whose link the test cuts; `refuse` errors are thrown by the attempts to make it again, in turn. */
  function cuttable(make: () => ReturnType<(typeof drivers)[number]['make']>): {
    access: FileAccess;
    cut(...refuse: Error[]): Promise<void>;
  } {
    let files = make();
    let refusals: Error[] = [];
    return {
      access: scratchAccess(async () => {
        const refusal = refusals.shift();
        if (refusal !== undefined) throw refusal;
        return files;
      }),
      async cut(...refuse) {
        const old = files;
        files = make();
        refusals = refuse;
        // What the closed files of this machine throw is an end by their owner: a link's end is told as it is.
        old.stat = async () => {
          throw lost();
        };
        await old.close();
      },
    };
  }

  it.each(drivers)('goes on where it was, over a new one ($name)', async ({ make }) => {
    await using log = await ScratchLog.make('');
    const { access, cut } = cuttable(make);
    await using tail = await openTail(access, log.path, { reconnect: { delay: 1 } });
    const seen = notices(tail);
    await log.write('1\n');
    expect(await tail.read()).toBe('1\n');
    await cut(lost(), lost());
    await log.write('2\n');
    expect(await tail.read()).toBe('2\n');
    expect(seen).toEqual(['disconnected', 'disconnected', 'disconnected', 'reconnected']);
    seen.length = 0;
    await log.write('3\n');
    await cut();
    await log.rotate();
    await log.write('4\n');
    await log.rotate();
    await log.write('5\n');
    expect(await tail.read()).toBe('3\n4\n5\n');
    await cut();
    await log.truncate();
    await log.write('6\n');
    expect(await tail.read()).toBe('6\n');
    await cut();
    await rm(log.path);
    expect(await tail.read()).toBe('');
    await log.write('7\n');
    expect(await tail.read()).toBe('7\n');
  });

  it('gives up after as many attempts as it may make, and tries anew with the next read', async () => {
    await using log = await ScratchLog.make('');
    const { access, cut } = cuttable(() => drivers[0]?.make() ?? expect.fail());
    await using tail = await openTail(access, log.path, { reconnect: { attempts: 2, delay: 1 } });
    await cut(lost(), lost());
    await log.write('1\n');
    await expect(tail.read()).rejects.toThrow(DisconnectedError);
    expect(await tail.read()).toBe('1\n');
    await using never = await openTail(access, log.path, { reconnect: false });
    await cut();
    await expect(never.read()).rejects.toThrow(DisconnectedError);
  });

  it('does not try again what cannot succeed', async () => {
    await using log = await ScratchLog.make('');
    const { access, cut } = cuttable(() => drivers[0]?.make() ?? expect.fail());
    await using tail = await openTail(access, log.path, { reconnect: { delay: 1 } });
    await cut(new ClosedError('The connection was closed.'));
    await expect(tail.read()).rejects.toThrow(ClosedError);
    expect(tail.closed).toBe(false);
  });
});
