import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostsLines } from '../../../src/cli/hosts/hosts.js';
import { formatDuration, formatRemaining, parseDuration } from '../../../src/cli/options/duration.js';
import { makeTarget, targetFields } from '../../../src/cli/options/make-targets.js';
import { hostLines, requireHosts, type SelectionSources, selectHosts } from '../../../src/cli/options/select-hosts.js';
import { parseSize } from '../../../src/cli/options/size.js';
import { makeProgram } from '../../../src/cli/program.js';
import { readEnv, trustFlags } from '../../../src/cli/run/run-flags.js';
import { formatSize } from '../../../src/core/format-size.js';
import { HostSet } from '../../../src/inventory/host-set/host-set.js';
import { Inventory } from '../../../src/inventory/inventory.js';

describe('spans of time', () => {
  it('are seconds unless a unit says otherwise', () => {
    expect(['10', '10s', '500ms', '2m', '1.5h'].map(parseDuration)).toEqual([10_000, 10_000, 500, 120_000, 5_400_000]);
    for (const text of ['', '0', '-1', '3x', '1 s', '1e3']) expect(() => parseDuration(text)).toThrow('span of time');
  });

  it('are written for people', () => {
    expect([4, 400, 20_100, 59_949, 60_000, 125_000, 3_661_000].map(formatDuration)).toEqual([
      '4 ms',
      '0.4 s',
      '20.1 s',
      '59.9 s',
      '1:00 min',
      '2:05 min',
      '1:01:01 h',
    ]);
    expect([0, 6100, 725_000, 3_661_000].map(formatRemaining)).toEqual(['0:00', '0:07', '12:05', '1:01:01']);
  });
});

it('reads sizes in powers of 1,024', () => {
  expect(['65536', '64k', '16M', '1GiB'].map(parseSize)).toEqual([65_536, 65_536, 16_777_216, 1_073_741_824]);
  expect(() => parseSize('1.5M')).toThrow('number of bytes');
});

it('writes sizes in powers of 1,024, with no more digits than are worth reading', () => {
  expect([0, 512, 1023, 1024, 67_108_864, 3_113_851_290, 148_897_792, 1024 ** 2 - 1].map(formatSize)).toEqual([
    '0 B',
    '512 B',
    '1023 B',
    '1 KiB',
    '64 MiB',
    '2.9 GiB',
    '142 MiB',
    '1 MiB',
  ]);
});

describe('choosing hosts', () => {
  let directory: string;
  let sources: SelectionSources;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'hawser-cli-'));
    sources = {
      env: { XDG_CONFIG_HOME: directory },
      stdin: async () => 'in1\nin2 # two\n',
      aliases: async () => ['web1', 'web2', 'db'],
    };
    await writeFile(join(directory, 'inventory.yaml'), "groups:\n  web: web[1-3]\n  all: ['@web', db]\n");
    await writeFile(join(directory, 'hosts'), '# ours\na[1-2]\n\nb # the other\n');
  });

  afterAll(() => rm(directory, { recursive: true }));

  const inventory = (): string => join(directory, 'inventory.yaml');

  it('adds up expressions, groups, files and stdin, and takes away what is excluded', async () => {
    const flags = {
      hosts: ['x1,x2', '@web!web2'],
      group: ['all'],
      hostsFile: [join(directory, 'hosts'), '-'],
      exclude: ['a2', 'in*'],
      inventory: inventory(),
    };
    const { hosts } = await selectHosts([], flags, sources);
    expect(String(hosts)).toBe('a1,b,db,web[1-3],x[1-2]');
  });

  it('finds the Hosts of ssh_config that a pattern matches', async () => {
    expect([...(await selectHosts(['web*'], {}, sources)).hosts]).toEqual(['web1', 'web2']);
    await expect(selectHosts(['nope*'], {}, sources)).rejects.toThrow('No Host of ssh_config matches');
  });

  it('says what is wrong with the line of a file', async () => {
    const file = join(directory, 'bad');
    await writeFile(file, 'ok\nweb[3-1]\n');
    await expect(selectHosts([], { hostsFile: [file] }, sources)).rejects.toThrow(`${file}:2:5: `);
  });

  it('says what to do where there is no inventory, no host, or none is left', async () => {
    await expect(selectHosts(['@web'], {}, sources)).rejects.toThrow('--inventory');
    await expect(requireHosts([], {}, sources)).rejects.toThrow('-g GROUP');
    await expect(requireHosts(['a'], { exclude: ['a'] }, sources)).rejects.toThrow('No host is left of a');
  });

  it('takes # for a comment where it stands alone, not in a name', () => {
    expect(hostLines('#a\nb#c #d\r\n')).toEqual([{ text: 'b#c', line: 2 }]);
  });
});

describe('targets', () => {
  it('are what the name says, then the flags, then the inventory', () => {
    const inventory = Inventory.parse('hosts:\n  web1: { host: 10.0.0.1, user: deploy, port: 2200 }\n');
    const fields = targetFields({ user: 'me', jump: 'a,b', acceptNew: true, sshConfig: 'none' });
    expect(makeTarget('web1', fields, inventory)).toMatchObject({
      key: 'web1',
      host: '10.0.0.1',
      username: 'me',
      port: 2200,
      proxyJump: ['a', 'b'],
      hostKey: 'accept-new',
      sshConfig: false,
    });
    expect(makeTarget('root@web1:22', fields, inventory)).toMatchObject({ username: 'root', port: 22 });
    expect(targetFields({ jump: 'none' })).toEqual({ proxyJump: [] });
  });

  it('are found by hawser trust with the same flags', () => {
    expect(trustFlags({ port: 2222, jump: 'b', knownHosts: ['k'], user: 'me' })).toEqual([
      '-p',
      '2222',
      '-J',
      'b',
      '--known-hosts',
      'k',
    ]);
  });
});

it('reads variables, and takes ours where no value is given', () => {
  expect(readEnv(['A=1=2', 'B', 'C='], { B: 'ours' })).toEqual({ A: '1=2', B: 'ours', C: '' });
  expect(() => readEnv(['MISSING'], {})).toThrow('NAME=value');
});

it('lists, folds, counts and splits hosts', () => {
  const set = HostSet.parse('n[1-4]');
  expect([...hostsLines(set, {})]).toEqual(['n1', 'n2', 'n3', 'n4']);
  expect([...hostsLines(set, { fold: true })]).toEqual(['n[1-4]']);
  expect([...hostsLines(set, { count: true })]).toEqual(['4']);
  expect([...hostsLines(set, { split: 2 })]).toEqual(['n[1-2]', 'n[3-4]']);
  expect(() => hostsLines(set, { fold: true, count: true })).toThrow('one of --fold');
});

describe('help', async () => {
  const program = await makeProgram(async () => {});
  const isShown = (command: Command): boolean => !command.name().startsWith('_');
  const commands = (): readonly Command[] =>
    program.commands.filter(isShown).flatMap((command) => [command, ...command.commands.filter(isShown)]);

  it('fits a screen for each command, in 80 columns, with three examples', () => {
    for (const command of commands()) {
      let text = '';
      command.configureOutput({
        writeOut: (part) => {
          text += part;
        },
        getOutHelpWidth: () => 80,
      });
      command.outputHelp();
      const [options = '', examples = ''] = text.split('Examples:\n');
      expect(text.split('\n').length, command.name()).toBeLessThanOrEqual(56);
      expect(
        options.split('\n').every((line) => line.length <= 80),
        `${command.name()}:\n${options}`,
      ).toBe(true);
      const count = examples.match(/^ {2}hawser /gm)?.length ?? 0;
      // A command of a command has its place among the examples of that.
      expect(count, command.name()).toBeGreaterThanOrEqual(command.parent === program ? 3 : 1);
      expect(count, command.name()).toBeLessThanOrEqual(3);
    }
  });
});
