import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileError } from '../../../src/core/file-error.js';
import { OptionError, ParseError } from '../../../src/core/hawser-error.js';
import { importMachines } from '../../../src/jobs/import-machines.js';
import { loadMachine } from '../../../src/jobs/load-machine.js';
import { Machine } from '../../../src/jobs/machine.js';
import { MachineDirectory, machinesDirectory } from '../../../src/jobs/machine-directory.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hawser-machines-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function put(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
}

describe('loadMachine', () => {
  it.each(['yaml', 'yml'])('reads NAME.%s', async (ending) => {
    await put({ [`hpc.${ending}`]: 'host: h\nworkdir: ~/runs\n', 'README.md': 'x', '.hidden.yaml': 'x' });
    const machine = await loadMachine('hpc', { directory });
    expect(machine).toBeInstanceOf(Machine);
    expect(machine).toMatchObject({ name: 'hpc', host: 'h', workdir: '~/runs', scheduler: 'direct' });
  });

  it('reads NAME.json, and what machines.yaml or machines.json has', async () => {
    await put({ 'a.json': '{"workdir": "/a"}', 'machines.json': '{"machines": {"b": {"workdir": "/b"}}}' });
    expect((await loadMachine('a', { directory })).workdir).toBe('/a');
    expect((await loadMachine('b', { directory })).workdir).toBe('/b');
  });

  it('takes the file of its own where machines.yaml has the machine too', async () => {
    await put({ 'a.yaml': 'workdir: /own', 'machines.yaml': 'machines: {a: {workdir: /shared}}' });
    expect((await loadMachine('a', { directory })).workdir).toBe('/own');
  });

  it('takes the default where none is named, or the only one there is', async () => {
    await put({ 'a.yaml': 'workdir: /a' });
    expect((await loadMachine(undefined, { directory })).name).toBe('a');
    await put({ 'b.yaml': 'workdir: /b', 'machines.yaml': 'default: b' });
    expect((await loadMachine(undefined, { directory })).name).toBe('b');
  });

  it('says what it looked for, what there is, and what may have been meant', async () => {
    await put({ 'hpc.yaml': 'workdir: /w', 'machines.yml': 'machines: {lab: {workdir: /l}}' });
    const error = await loadMachine('hpcc', { directory }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(OptionError);
    expect(error).toHaveProperty(
      'message',
      `There is no machine "hpcc": looked for hpcc.yaml, hpcc.yml, hpcc.json and in machines.yaml in ${directory}. ` +
        'Machines there: hpc, lab. Did you mean "hpc"?',
    );
  });

  it('says so where there are none, and where none is the default', async () => {
    const nowhere = join(directory, 'nowhere');
    await expect(loadMachine(undefined, { directory: nowhere })).rejects.toThrow(
      `There are no machines in ${nowhere}.`,
    );
    await expect(loadMachine('hpc', { directory: nowhere })).rejects.toThrow('There are none. Write NAME.yaml there');
    await put({ 'a.yaml': 'workdir: /a', 'b.yaml': 'workdir: /b' });
    await expect(loadMachine(undefined, { directory })).rejects.toThrow(/No machine was named.*Name one of a, b/);
    await put({ 'machines.yaml': 'default: c' });
    await expect(loadMachine(undefined, { directory })).rejects.toThrow(/has the default "c", which is no machine/);
  });

  it.each([
    '../hpc',
    '/etc/passwd',
    'a/b',
    '..',
    '',
    'machines',
    'hpc.yaml',
  ])('never takes %j for a name', async (name) => {
    await expect(loadMachine(name, { directory })).rejects.toThrow(OptionError);
  });

  it('refuses a machine that two files have', async () => {
    await put({ 'a.yaml': 'workdir: /a', 'a.json': '{"workdir": "/b"}' });
    await expect(loadMachine('a', { directory })).rejects.toThrow('The machine a is in several files');
    await put({ 'machines.yaml': '{}', 'machines.json': '{}' });
    await expect(loadMachine('b', { directory })).rejects.toThrow('Machines are in several files');
  });

  it('names the file, line and column of a fault, and a file that cannot be read', async () => {
    await put({ 'a.yaml': 'workdir: /a\nlauncher: mpirun\n' });
    await mkdir(join(directory, 'b.yaml'));
    await expect(loadMachine('a', { directory })).rejects.toThrow(ParseError);
    await expect(loadMachine('a', { directory })).rejects.toThrow(`${directory}/a.yaml:2:11: `);
    await expect(loadMachine('b', { directory })).rejects.toThrow(FileError);
  });
});

describe('Machine.save', () => {
  const fields = { name: 'hpc', host: 'h', workdir: '~/runs', prepend: ['a', 'b'], walltime: '36h' } as const;

  it('writes a file that nobody else may read, in a directory of the same kind, and gives its path', async () => {
    const below = join(directory, 'x', 'machines');
    const machine = new Machine(fields);
    const file = await machine.save({ directory: below });
    expect(file).toBe(join(below, 'hpc.yaml'));
    expect(((await stat(file)).mode & 0o777).toString(8)).toBe('600');
    expect(((await stat(below)).mode & 0o777).toString(8)).toBe('700');
    expect((await loadMachine('hpc', { directory: below })).record).toEqual(machine.record);
    expect(await readdir(below)).toEqual(['hpc.yaml']);
  });

  it('leaves the permissions of a directory that was there', async () => {
    await chmod(directory, 0o755);
    await new Machine(fields).save({ directory });
    expect(((await stat(directory)).mode & 0o777).toString(8)).toBe('755');
  });

  it('keeps to the file that is there, in its format, and never writes through a link', async () => {
    await put({ 'hpc.json': '{"workdir": "/old"}', target: 'untouched' });
    await new Machine(fields).save({ directory });
    expect(JSON.parse(await readFile(join(directory, 'hpc.json'), 'utf8'))).toMatchObject({ workdir: '~/runs' });
    await rm(join(directory, 'hpc.json'));
    await symlink('target', join(directory, 'hpc.yaml'));
    await new Machine(fields).save({ directory });
    expect(await readFile(join(directory, 'target'), 'utf8')).toBe('untouched');
    expect(await readdir(directory)).toEqual(['hpc.yaml', 'target']);
  });

  it('replaces nothing where it is told so', async () => {
    await put({ 'hpc.yaml': 'workdir: /old', 'machines.yaml': 'machines: {lab: {workdir: /l}}' });
    const again = new Machine(fields).save({ directory, replace: false });
    await expect(again).rejects.toThrow(`There is a machine hpc already, in ${directory}/hpc.yaml`);
    const other = new Machine({ ...fields, name: 'lab' }).save({ directory, replace: false });
    await expect(other).rejects.toThrow(`There is a machine lab already, in ${directory}/machines.yaml`);
    expect(await readFile(join(directory, 'hpc.yaml'), 'utf8')).toBe('workdir: /old');
  });

  it('holds no credentials, in its file, its queue and its JSON, and has them for who connects', async () => {
    const password = 'correct horse';
    const machine = new Machine(fields, { password });
    const file = await machine.save({ directory });
    const shown = [await readFile(file, 'utf8'), JSON.stringify([machine, machine.toQueue(), machine.target])];
    for (const text of shown) expect(text).not.toContain(password);
    expect(machine.target).toMatchObject({ host: 'h' });
    expect(Reflect.get(Object(machine.target), 'password')).toBe(password);
  });
});

describe('MachineDirectory', () => {
  it('lists what there is, with what is wrong with what cannot be read', async () => {
    await put({
      'a.yaml': 'workdir: /a',
      'bad.yaml': 'workdir: ../x',
      'machines.yaml': 'default: c\nmachines:\n  c: {workdir: /c}\n  worse: {host: h}\n',
    });
    const list = await new MachineDirectory(directory).list();
    expect(
      list.map(({ name, isDefault, record, error }) => [name, isDefault, record?.workdir, error?.message]),
    ).toEqual([
      ['a', false, '/a', undefined],
      ['bad', false, undefined, expect.stringContaining('bad.yaml:1:10: Cannot read the machine: workdir: ')],
      ['c', true, '/c', undefined],
      ['worse', false, undefined, expect.stringContaining('Expected the field `workdir`')],
    ]);
  });

  it('waits for no pipe, and reads no device and nothing far too long', async () => {
    await put({ 'good.yaml': 'workdir: /w', 'long.json': '{}' });
    await truncate(join(directory, 'long.json'), 100_000_000);
    execFileSync('mkfifo', [join(directory, 'pipe.yaml')]);
    await symlink('/dev/zero', join(directory, 'device.yaml'));
    await mkdir(join(directory, 'folder.yaml'));
    const listed = await new MachineDirectory(directory).list();
    expect(listed.map(({ name, error, record }) => [name, error?.message ?? record?.workdir])).toEqual([
      ['device', expect.stringMatching(/EINVAL.*device\.yaml.*no regular file/)],
      ['folder', expect.stringMatching(/EISDIR.*folder\.yaml/)],
      ['good', '/w'],
      ['long', expect.stringMatching(/EFBIG.*long\.json.*100000000 bytes/)],
      ['pipe', expect.stringMatching(/EINVAL.*pipe\.yaml.*no regular file/)],
    ]);
    await expect(loadMachine('pipe', { directory })).rejects.toMatchObject({ code: 'EINVAL' });
    execFileSync('mkfifo', [join(directory, 'machines.json')]);
    await expect(importMachines(join(directory, 'machines.json'))).rejects.toMatchObject({ code: 'EINVAL' });
  });

  it('writes down a default where nothing says so yet', async () => {
    const machines = new MachineDirectory(directory);
    await put({ 'a.yaml': 'workdir: /a', 'b.yaml': 'workdir: /b' });
    expect(await machines.chooseDefault('b')).toBe(true);
    expect((await loadMachine(undefined, { directory })).name).toBe('b');
    expect(await machines.chooseDefault('a')).toBe(false);
    expect((await loadMachine(undefined, { directory })).name).toBe('b');
  });

  it('is where XDG says', () => {
    expect(machinesDirectory({ XDG_CONFIG_HOME: '/c' })).toBe('/c/hawser/machines');
    expect(machinesDirectory({ XDG_CONFIG_HOME: 'relative' })).toBe(join(homedir(), '.config/hawser/machines'));
    expect(machinesDirectory({})).toBe(join(homedir(), '.config/hawser/machines'));
  });
});

describe('importMachines', () => {
  it('finds machines.json and a file each, of which the latter win', async () => {
    await mkdir(join(directory, 'machines'));
    await put({
      'machines.json': '{"default": "a", "machines": {"a": {"workdir": "/shared"}, "b": {"workdir": "/b"}}}',
      'codes.json': '{"x": 1}',
      'machines/a.json': '{"workdir": "/own"}',
      'machines/default.json': '{"default": "b"}',
    });
    const found = await importMachines(directory);
    expect(found.default).toBe('a');
    expect(found.machines.map(({ name, record, file }) => [name, record?.workdir, file])).toEqual([
      ['a', '/own', join(directory, 'machines/a.json')],
      ['b', '/b', join(directory, 'machines.json')],
    ]);
    expect((await importMachines(join(directory, 'machines'))).machines.map(({ name }) => name)).toEqual(['a']);
    expect((await importMachines(join(directory, 'machines.json'))).machines).toHaveLength(2);
  });

  it('says so where there are none', async () => {
    await expect(importMachines(directory)).rejects.toThrow(`There are no machines in ${directory}`);
    await expect(importMachines(join(directory, 'nothing'))).rejects.toThrow(FileError);
  });
});
