import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FileError } from '../../../src/core/file-error.js';
import type { JobInput } from '../../../src/jobs/job-spec.js';
import { manifestOf } from '../../../src/jobs/staging/manifest.js';
import { type RecordFile, type StagedFiles, type StageOptions, stage } from '../../../src/jobs/staging/stage.js';
import { stageName } from '../../../src/jobs/staging/stage-name.js';
import type { StagingPlace } from '../../../src/jobs/staging/staging-place.js';
import { mayMount, mountSmallDisk } from '../../contract/files/small-disk.js';
import { describeReal, type Sshd, startSshd } from '../../rigs/rigs.js';
import { errorOf } from '../ssh/target.js';
import { Grounds } from './staging-place.js';

const script: RecordFile = { name: 'script', content: '#!/bin/sh\n' };

async function put(
  place: StagingPlace,
  inputs: Readonly<Record<string, JobInput>>,
  o: StageOptions & { readonly record?: readonly RecordFile[] } = {},
): Promise<StagedFiles> {
  const { record = [script], ...rest } = o;
  return stage(place, { inputs: await manifestOf(inputs), record }, rest);
}

const inRecord = ({ directory, record }: StagingPlace, name = ''): string => join(directory.path, record, name);
const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

/** All of it, on this machine and over SSH alike. */
function staging(grounds: () => Grounds, ordinary: boolean): void {
  it('puts inputs of every kind below the directory, the record beside them, and READY', async () => {
    const place = await grounds().place();
    const here = await grounds().ground();
    await mkdir(`${here}/pseudo/deep`, { recursive: true });
    await writeFile(`${here}/pseudo/Si.upf`, 'silicon');
    await writeFile(`${here}/pseudo/deep/run.sh`, '#!/bin/sh\n', { mode: 0o755 });
    const inputs = {
      'si.in': '&control\n',
      "odd/it's a\\name – ü": new Uint8Array([0, 255, 10]),
      '-n': 'a name like an option',
      empty: '',
      pseudo: { local: `${here}/pseudo` },
    };
    const done = await put(place, inputs, { record: [script, { name: 'job.json', content: '{}', varies: true }] });
    const path = place.directory.path;
    expect(done.state).toBe('staged');
    expect(done.sent).toHaveLength(6);
    expect(await readFile(`${path}/si.in`, 'utf8')).toBe('&control\n');
    expect([...(await readFile(`${path}/odd/it's a\\name – ü`))]).toEqual([0, 255, 10]);
    expect(await readFile(`${path}/-n`, 'utf8')).toBe('a name like an option');
    expect(await readFile(`${path}/empty`, 'utf8')).toBe('');
    expect(await readFile(`${path}/pseudo/Si.upf`, 'utf8')).toBe('silicon');
    expect(await modeOf(`${path}/pseudo/deep/run.sh`)).toBe(0o755);
    expect(await modeOf(`${path}/pseudo/deep`)).toBe(0o700);
    expect(await modeOf(`${path}/si.in`)).toBe(0o644);
    expect((await readdir(inRecord(place))).toSorted()).toEqual(['READY', 'inputs', 'job.json', 'script']);
    expect(await modeOf(inRecord(place))).toBe(0o700);
    expect(await modeOf(inRecord(place, 'script'))).toBe(0o600);
    const manifest = JSON.parse(await readFile(inRecord(place, 'inputs'), 'utf8'));
    expect(manifest.files.find(({ path: at }: { path: string }) => at === 'pseudo/Si.upf')).toMatchObject({
      size: 7,
      mode: 0o644,
    });
  });

  it('sends nothing the second time, and of a second calculation what changed', async () => {
    const place = await grounds().place();
    const inputs = { 'si.in': 'ecut 30', 'pseudo/Si.upf': 'x'.repeat(200_000), 'tools/go': '#!/bin/sh' };
    const first = await put(place, inputs);
    expect(first.bytes).toBeGreaterThan(200_000);
    const node = (await stat(join(place.directory.path, 'pseudo/Si.upf'))).ino;
    const again = await put(place, inputs);
    expect(again).toEqual({ state: 'staged', sent: [], kept: ['pseudo/Si.upf', 'si.in', 'tools/go'], bytes: 0 });
    const second = await put({ ...place, record: '.hawser/second-0123456789' }, { ...inputs, 'si.in': 'ecut 40' });
    expect(second.sent).toEqual(['si.in']);
    expect(second.bytes).toBeLessThan(2000);
    expect(await readFile(join(place.directory.path, 'si.in'), 'utf8')).toBe('ecut 40');
    expect((await stat(join(place.directory.path, 'pseudo/Si.upf'))).ino).toBe(node);
  });

  it('looks at what is there and not at what was staged once', async () => {
    const place = await grounds().place();
    const inputs = { a: 'one', b: 'two', c: 'three' };
    await put(place, inputs);
    await writeFile(join(place.directory.path, 'a'), 'ONE');
    await rm(join(place.directory.path, 'b'));
    const again = await put(place, inputs);
    expect(again.sent).toEqual(['a', 'b']);
    expect(await readFile(join(place.directory.path, 'a'), 'utf8')).toBe('one');
  });

  it('gives an input its mode anew where that alone has changed', async () => {
    const place = await grounds().place();
    const here = await grounds().ground();
    await writeFile(`${here}/go`, '#!/bin/sh\n', { mode: 0o644 });
    await put(place, { go: { local: `${here}/go` } });
    await chmod(`${here}/go`, 0o755);
    const again = await put(place, { go: { local: `${here}/go` } });
    expect(again.sent).toEqual([]);
    expect(await modeOf(join(place.directory.path, 'go'))).toBe(0o755);
  });

  it('sends many small files, and a large one beside them', async () => {
    const place = await grounds().place();
    const here = await grounds().ground();
    await writeFile(`${here}/large`, Buffer.alloc(9 * 1024 * 1024, 'large'));
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`many/${i % 7}/${i}`, `file ${i}`]));
    const inputs = { ...many, 'data/large': { local: `${here}/large` } };
    const done = await put(place, inputs);
    expect(done.sent).toHaveLength(501);
    expect(await readFile(join(place.directory.path, 'many/3/3'), 'utf8')).toBe('file 3');
    expect((await stat(join(place.directory.path, 'data/large'))).size).toBe(9 * 1024 * 1024);
    expect(await readdir(inRecord(place))).not.toContainEqual(expect.stringMatching(/^stage-/));
    expect((await put(place, { ...inputs, 'many/0/0': 'changed' })).sent).toEqual(['many/0/0']);
  });

  it('lets many stage one job side by side, and all of them find it staged', async () => {
    const place = await grounds().place();
    const inputs = Object.fromEntries(Array.from({ length: 80 }, (_, i) => [`in/${i}`, `file ${i}`]));
    const varying = (i: number): RecordFile[] => [script, { name: 'job.json', content: `${i}`, varies: true }];
    const all = await Promise.all(Array.from({ length: 5 }, (_, i) => put(place, inputs, { record: varying(i) })));
    expect(all.map(({ state }) => state)).toEqual(Array.from({ length: 5 }, () => 'staged'));
    expect((await readdir(inRecord(place))).toSorted()).toEqual(['READY', 'inputs', 'job.json', 'script']);
    expect(await readdir(join(place.directory.path, 'in'))).toHaveLength(80);
  });

  it('leaves of the record what may vary, but not what is missing', async () => {
    const place = await grounds().place();
    const job = (content: string): readonly RecordFile[] => [script, { name: 'job.json', content, varies: true }];
    const json = inRecord(place, 'job.json');
    await put(place, { a: 'one' }, { record: job('first') });
    await put(place, { a: 'one' }, { record: job('second') });
    expect(await readFile(json, 'utf8')).toBe('first');
    await rm(json);
    await put(place, { a: 'one' }, { record: job('third') });
    expect(await readFile(json, 'utf8')).toBe('third');
  });

  it('touches nothing once the job is being submitted', async () => {
    const place = await grounds().place();
    await put(place, { a: 'one' });
    await place.directory.fs.mkdir(`${place.record}/submit.lock`);
    await place.directory.fs.writeFile('a', 'changed by the job');
    expect(await put(place, { a: 'one' })).toMatchObject({ state: 'submitted', sent: [] });
    expect(await readFile(join(place.directory.path, 'a'), 'utf8')).toBe('changed by the job');
  });

  it('takes over what a dead process of this machine had sent, and leaves no rubbish', async () => {
    const place = await grounds().place();
    const { directory, record } = place;
    const inputs = { 'in/a': 'whole', 'in/b': 'half' };
    // No process has this number: it is beyond the most that Linux gives.
    const dead = `${record}/${stageName().replace(/-\d+-/, '-4194305-')}`;
    await directory.fs.mkdir(`${dead}/d/in`, { recursive: true });
    await directory.fs.writeFile(`${dead}/d/in/a`, 'whole');
    await directory.fs.writeFile(`${dead}/d/in/b`, 'ha');
    const done = await put(place, inputs);
    expect(done.sent).toEqual(['in/b']);
    expect(await readFile(join(directory.path, 'in/a'), 'utf8')).toBe('whole');
    expect(await readFile(join(directory.path, 'in/b'), 'utf8')).toBe('half');
    expect((await readdir(inRecord(place))).toSorted()).toEqual(['READY', 'inputs', 'script']);
  });

  it('goes on with what the same stager had to leave', async () => {
    const place = await grounds().place();
    const { directory, record } = place;
    const left = `${record}/${stageName('me')}/d`;
    await directory.fs.mkdir(left, { recursive: true });
    await directory.fs.writeFile(`${left}/a`, 'one');
    expect((await put(place, { a: 'one', b: 'two' }, { stager: 'me' })).sent).toEqual(['b']);
    expect((await readdir(inRecord(place))).toSorted()).toEqual(['READY', 'inputs', 'script']);
  });

  it('is given up by its signal, with nothing in place', async () => {
    const place = await grounds().place();
    const giveUp = new AbortController();
    const inputs = await manifestOf({ a: Buffer.alloc(20 * 1024 * 1024) });
    const staging = stage(place, { inputs, record: [script] }, { signal: giveUp.signal });
    setImmediate(() => giveUp.abort());
    await expect(staging).rejects.toMatchObject({ name: 'AbortError' });
    expect(await readdir(place.directory.path)).not.toContain('a');
    expect((await put(place, { a: 'one' })).state).toBe('staged');
    expect((await readdir(inRecord(place))).toSorted()).toEqual(['READY', 'inputs', 'script']);
  });

  it('refuses a file that changed between its manifest and its sending', async () => {
    const place = await grounds().place();
    const here = await grounds().ground();
    await writeFile(`${here}/a`, 'one');
    const inputs = await manifestOf({ a: { local: `${here}/a` }, b: 'two' });
    await writeFile(`${here}/a`, 'two');
    const error = await errorOf(stage(place, { inputs, record: [script] }), FileError);
    expect(error).toMatchObject({ code: 'ESTALE', path: join(place.directory.path, 'a') });
    expect(error.message).toContain(`${here}/a`);
    expect(await readdir(place.directory.path)).toEqual(['.hawser']);
    expect(await readdir(inRecord(place))).toEqual([]);
  });

  it('puts nothing in place where a directory, a file or a link is in the way of one of them', async () => {
    const cases = [
      { make: (path: string) => mkdir(`${path}/z`), inputs: { a: '1', z: '2' }, code: 'EISDIR', at: 'z' },
      { make: (path: string) => writeFile(`${path}/z`, ''), inputs: { a: '1', 'z/y': '2' }, code: 'EEXIST', at: 'z' },
      {
        make: (path: string) => symlink('/tmp', `${path}/z`),
        inputs: { a: '1', 'z/y': '2' },
        code: 'ENOTDIR',
        at: 'z',
      },
    ];
    for (const { make, inputs, code, at } of cases) {
      const place = await grounds().place();
      await make(place.directory.path);
      const error = await errorOf(put(place, inputs), FileError);
      expect(error).toMatchObject({ code, path: join(place.directory.path, at), key: place.directory.key });
      expect((await readdir(place.directory.path)).toSorted()).toEqual(['.hawser', 'z']);
      expect(await readdir(inRecord(place))).toEqual([]);
    }
  });

  it.runIf(ordinary)('says which directory cannot be written to, and leaves it as it was', async () => {
    const place = await grounds().place();
    await put(place, { 'in/a': 'one' });
    await chmod(join(place.directory.path, 'in'), 0o500);
    const error = await errorOf(put(place, { 'in/a': 'two', b: 'three' }), FileError);
    expect(error).toMatchObject({ code: 'EACCES', path: join(place.directory.path, 'in') });
    expect(await readFile(join(place.directory.path, 'in/a'), 'utf8')).toBe('one');
    await chmod(join(place.directory.path, 'in'), 0o700);
    const closed = await grounds().place();
    await chmod(closed.directory.path, 0o500);
    expect(await errorOf(put(closed, { a: 'one' }), FileError)).toMatchObject({ code: 'EACCES', syscall: 'mkdir' });
    await chmod(closed.directory.path, 0o700);
  });

  it.runIf(canMount)('says that the disk is full, leaves what was there, and goes on once there is room', async () => {
    await using disk = await mountSmallDisk(4);
    const place = await grounds().place({ path: `${disk.path}/job` });
    await put(place, { a: 'one' });
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`in/${i}`, Buffer.alloc(60_000, `${i}`)]));
    for (const inputs of [
      { a: 'two', large: Buffer.alloc(12 * 1024 * 1024) },
      { a: 'two', ...many },
    ]) {
      const error = await errorOf(put(place, inputs), FileError);
      expect(error).toMatchObject({ code: 'ENOSPC', key: place.directory.key });
      expect(error.path).toMatch(new RegExp(`^${place.directory.path}/(large|in/\\d+|a|\\.hawser)`));
      expect((await readdir(place.directory.path)).toSorted()).toEqual(['.hawser', 'a']);
      expect(await readFile(join(place.directory.path, 'a'), 'utf8')).toBe('one');
      expect((await readdir(inRecord(place))).toSorted()).toEqual(['READY', 'inputs', 'script']);
    }
    expect((await put(place, { a: 'two' })).sent).toEqual(['a']);
    await place.connection.close();
  });
}

const canMount = mayMount();

describe('staging on this machine', () => {
  const grounds = new Grounds(undefined);
  afterEach(() => grounds[Symbol.asyncDispose]());
  staging(() => grounds, false);

  it('sends everything, and has it read back, where no program makes checksums', async () => {
    const place = await grounds.place();
    const bin = await grounds.ground();
    for (const name of ['cat', 'chmod', 'find', 'head', 'id', 'ls', 'mkdir', 'mv', 'rm', 'sh']) {
      await symlink(execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim(), join(bin, name));
    }
    const { PATH } = process.env;
    process.env['PATH'] = bin;
    try {
      expect((await put(place, { a: 'one' })).sent).toEqual(['a']);
      expect((await put(place, { a: 'one', b: 'two' })).sent).toEqual(['a', 'b']);
    } finally {
      process.env['PATH'] = PATH;
    }
    expect(await readFile(join(place.directory.path, 'b'), 'utf8')).toBe('two');
    expect((await readdir(inRecord(place))).toSorted()).toEqual(['READY', 'inputs', 'script']);
  });
});

describeReal(['sshd'], 'staging over SSH, as an ordinary user', () => {
  let log: string;
  let server: Sshd;
  let grounds: Grounds;
  beforeAll(async () => {
    log = join(await mkdtemp(join(tmpdir(), 'hawser-requests-')), 'log');
    await writeFile(log, '');
    await Promise.all([chmod(dirname(log), 0o755), chmod(log, 0o666)]);
    const Subsystem = `sftp /usr/lib/openssh/sftp-server -e -l DEBUG3 2>>${log}`;
    server = await startSshd({ keys: ['ed25519'], config: { Subsystem } });
    grounds = new Grounds(server);
  });
  afterEach(() => grounds[Symbol.asyncDispose]());
  afterAll(async () => {
    await server?.stop();
    await rm(dirname(log), { recursive: true, force: true });
  });
  staging(() => grounds, true);

  it('has a thousand files in a stream: no more commands than for one, and hardly a file opened by SFTP', async () => {
    const place = await grounds.place();
    const opened = async (): Promise<number> =>
      (await readFile(log, 'utf8')).match(/request \d+: open\b/g)?.length ?? 0;
    const commands = async (): Promise<number> => (await server.log()).match(/Starting session: command/g)?.length ?? 0;
    const before = { opened: await opened(), commands: await commands() };
    const inputs = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`${i % 5}/${i}`, `${i}`]));
    expect((await put(place, inputs)).sent).toHaveLength(1000);
    // What is there, the stream, whether it arrived whole, and into place.
    expect((await commands()) - before.commands).toBeLessThanOrEqual(5);
    // The rest of the last bundle.
    expect((await opened()) - before.opened).toBeLessThan(64);
    const seen = await commands();
    expect((await put(place, inputs)).sent).toEqual([]);
    expect((await commands()) - seen).toBe(1);
  });
});
