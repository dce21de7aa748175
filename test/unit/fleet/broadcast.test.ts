import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConnectError } from '../../../src/core/errors.js';
import { FileError } from '../../../src/core/file-error.js';
import { OptionError } from '../../../src/core/hawser-error.js';
import { MultiConnection } from '../../../src/fleet/multi-connection.js';
import { MetadataCalls } from '../../../src/remote/files/metadata-calls.js';
import { RemoteFs } from '../../../src/remote/files/remote-fs.js';
import { LocalOs } from '../../../src/remote/system/local-os.js';
import { startTestFleet } from '../../../src/testing/index.js';
import { errorOf } from '../connection/scripted-connection.js';

/** This machine under three names. */
const names = ['one', 'two', 'three'];
let mc: MultiConnection;
let top = '';

beforeEach(async () => {
  mc = new MultiConnection(
    names.map((key) => ({ host: 'local', protocol: 'local', key })),
    { batchSize: 2 },
  );
  top = await mkdtemp(join(os.tmpdir(), 'hawser-broadcast-'));
  await writeFile(join(top, 'file'), 'text');
});

afterEach(async () => {
  await mc.close();
  await rm(top, { recursive: true });
});

describe('the files of a fleet', () => {
  it('are asked on each host, in whichever way the call is made', async () => {
    const stats = await mc.fs.stat(join(top, 'file'));
    expect([...stats.keys()]).toEqual(names);
    expect([...stats.values()].map(({ value }) => value?.size)).toEqual([4, 4, 4]);
    const texts = [
      await mc.fs.readFile(join(top, 'file'), 'utf8'),
      await mc.fs.readFile(join(top, 'file'), { encoding: 'utf8' }),
    ];
    for (const text of texts) expect(text.get('two')).toMatchObject({ ok: true, host: 'local', value: 'text' });
    expect((await mc.fs.readFile(join(top, 'file'))).get('one')?.value).toEqual(Buffer.from('text'));
    expect(mc.fs.constants.O_RDONLY).toBe(0);
  });

  it("have a result for each host that fails, with Node's code and the key of the host", async () => {
    const result = await mc.fs.rmdir(join(top, 'missing'));
    expect(result.ok).toBe(false);
    for (const [key, { error }] of result) {
      expect(error).toBeInstanceOf(FileError);
      expect(error).toMatchObject({ code: 'ENOENT', syscall: 'rmdir', key });
    }
  });

  it('give all that a walk or a glob finds', async () => {
    expect((await mc.fs.walk(top)).get('one')?.value).toEqual([{ path: top, directories: [], files: ['file'] }]);
    expect((await mc.fs.glob('*', { cwd: top })).get('three')?.value).toEqual(['file']);
  });

  it('take a mode or an encoding in place of options, as on one host', async () => {
    expect((await mc.fs.mkdir(join(top, 'shared'), { recursive: true })).ok).toBe(true);
    expect((await mc.fs.chmod(join(top, 'shared'), 0o700)).ok).toBe(true);
    const made = await mc.fs.mkdir(join(top, 'mode'), 0o700);
    expect(made.succeeded.size).toBe(1);
    expect(made.failed.size).toBe(2);
    expect((await mc.fs.stat(join(top, 'mode'))).get('one')?.value?.mode).toBe(0o40700);
    expect((await mc.fs.writeFile(join(top, 'latin'), 'é', 'latin1')).ok).toBe(true);
    expect(await readFile(join(top, 'latin'))).toEqual(Buffer.from([0xe9]));
  });

  it('end with their signal: each host says so', async () => {
    const result = await mc.fs.stat(top, { signal: AbortSignal.abort() });
    expect([...result.failed.values()].map(({ error }) => error?.name)).toEqual(names.map(() => 'AbortError'));
  });

  it('refuse what can be read only once, and start nothing', async () => {
    const target = join(top, 'target');
    for (const data of [Readable.from(['a']), new Set(['a']).values()]) {
      expect(await errorOf(mc.fs.writeFile(target, data).then())).toBeInstanceOf(OptionError);
    }
    expect((await mc.fs.exists(target)).get('one')?.value).toBe(false);
    expect((await mc.fs.writeFile(target, ['a', 'b'])).ok).toBe(true);
  });

  it('have no streams, and say what to do', () => {
    expect(() => Reflect.apply(Reflect.get(mc.fs, 'createReadStream'), mc.fs, ['a'])).toThrow(
      'Expected a call that a fleet has, got `fs.createReadStream`',
    );
  });

  it('have every call that one host has', () => {
    const one = [RemoteFs.prototype, MetadataCalls.prototype]
      .flatMap((calls) => Object.getOwnPropertyNames(calls))
      .filter((name) => name !== 'constructor');
    expect(Object.keys(mc.fs).sort()).toEqual([...one, 'constants'].sort());
    const system = Object.getOwnPropertyNames(LocalOs.prototype).filter((name) => name !== 'constructor');
    expect(Object.keys(mc.os).sort()).toEqual(system.sort());
  });

  it('of a fleet that was closed are refused', async () => {
    await mc.close();
    expect(await errorOf(mc.fs.stat(top).then())).toMatchObject({ code: 'ERR_HAWSER_CLOSED' });
  });
});

it('the system of a fleet is asked on each host', async () => {
  const result = await mc.os.hostname();
  expect([...result.values()].map(({ value }) => value)).toEqual(names.map(() => os.hostname()));
  expect((await mc.os.userInfo()).get('one')?.value).toEqual(os.userInfo());
});

describe('a path on a fleet', () => {
  it('has one text, and files on each host', async () => {
    const path = mc.Path(top).join('deep/er', 'file.txt');
    expect([path.name, path.suffix, String(path.parent.parent)]).toEqual(['file.txt', '.txt', join(top, 'deep')]);
    await mc.Path(path.parent).mkdir({ parents: true, existOk: true });
    expect((await path.writeText('here')).ok).toBe(true);
    expect([...(await path.readText()).values()].map(({ value }) => value)).toEqual(['here', 'here', 'here']);
    expect((await path.withName('none').exists()).get('two')?.value).toBe(false);
    expect(JSON.stringify({ path })).toBe(JSON.stringify({ path: String(path) }));
  });

  it('gives all that a listing has, as paths of each host', async () => {
    const found = (await mc.Path(top).iterdir()).get('two')?.value;
    expect(found?.map(String)).toEqual([join(top, 'file')]);
    expect(await found?.[0]?.readText()).toBe('text');
    expect((await mc.Path(top).rglob('f*')).get('one')?.value?.map(String)).toEqual([join(top, 'file')]);
  });

  it('takes another such path where a path is wanted', async () => {
    await mc.Path(top, 'link').symlinkTo(mc.Path(top, 'file'));
    expect(String((await mc.Path(top, 'link').resolve()).get('one')?.value)).toBe(join(top, 'file'));
  });

  it('keeps a name with a tilde apart from a home directory', async () => {
    expect((await mc.Path('~').expandUser()).get('one')?.value?.toString()).toBe(os.homedir());
    expect(String((await mc.Path('./~').absolute()).get('one')?.value)).toBe(join(process.cwd(), '~'));
  });
});

describe('with options of the fleet', () => {
  it('a call goes over so many hosts at a time, and gives each so much time', async () => {
    await using fleet = await startTestFleet({ hosts: 2 });
    await using many = new MultiConnection(fleet.targets);
    await many.connect();
    const [first, second] = ['host1', 'host2'].map((name) => fleet.host(name));
    const asked = (): boolean | undefined => second?.log.some(({ what }) => what === 'subsystem');
    let early: boolean | undefined;
    if (first !== undefined) {
      first.faults.onSftp = () => {
        early ??= asked();
        return 'hang';
      };
    }
    const result = await many.with({ batchSize: 1, timeout: 2000 }).fs.lstat('/');
    expect([...result.values()].map(({ ok, error }) => (ok ? 'ok' : error?.name))).toEqual(['TimeoutError', 'ok']);
    expect([early, asked()]).toEqual([false, true]);
  });

  it('no further host is started once one has failed, where that is asked for', async () => {
    for (const work of [
      mc.with({ batchSize: 1, failFast: true }).fs.readFile(join(top, 'missing')),
      mc.with({ batchSize: 1, maxFailures: 0 }).Path(top, 'missing').readText(),
    ]) {
      const codes = [...(await work).values()].map(({ error }) => error instanceof FileError && error.code);
      expect(codes[0]).toBe('ENOENT');
      expect(codes.slice(1)).not.toContain('ENOENT');
    }
  });

  it('a call ends by their signal and by its own', async () => {
    const aborted = { signal: AbortSignal.abort() };
    const open = { signal: new AbortController().signal };
    for (const work of [
      mc.with(aborted).fs.stat(top),
      mc.with(aborted).os.hostname(),
      mc.with(aborted).fs.stat(top, open),
      mc.with(open).fs.stat(top, aborted),
    ]) {
      const result = await work;
      expect([...result.values()].map(({ error }) => error?.name)).toEqual(names.map(() => 'AbortError'));
    }
    expect((await mc.with(open).fs.stat(top, open)).ok).toBe(true);
  });

  it('what cannot be meant is refused at once', () => {
    expect(() => mc.with({ batchSize: 0 })).toThrow(OptionError);
    expect(() => mc.with({ timeout: -1 })).toThrow(OptionError);
  });
});

it('hosts over SSH that fail leave the others alone', async () => {
  await using fleet = await startTestFleet({ hosts: 2 });
  const nobody = { host: '127.0.0.1', port: 1, key: 'nobody', sshConfig: false, agent: false } as const;
  await using many = new MultiConnection([...fleet.targets, nobody], { threadSafe: true });
  const path = many.Path('deep', 'file');
  await path.parent.mkdir();
  const written = await path.writeText('text');
  expect([written.succeeded.size, [...written.failed.keys()]]).toEqual([2, ['nobody']]);
  expect(written.get('nobody')?.error).toBeInstanceOf(ConnectError);
  const [stats, owners, names] = await Promise.all([many.fs.stat('deep/file'), path.owner(), many.os.hostname()]);
  for (const { key = '' } of fleet.targets) {
    expect(stats.get(key)?.value?.size).toBe(4);
    expect(owners.get(key)?.value).toBe(os.userInfo().username);
    expect(names.get(key)?.value).toBe(os.hostname());
  }
});
