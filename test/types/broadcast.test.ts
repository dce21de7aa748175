import type { CpuInfo } from 'node:os';
import { expectTypeOf, it } from 'vitest';
import type { FleetRun, HostValue, MultiConnection, MultiResult, RemotePath } from '../../src/index.js';
import type { Dirent } from '../../src/remote/files/dirent.js';
import type { FileHandle } from '../../src/remote/files/file-handle.js';
import type { Stats } from '../../src/remote/files/stats.js';
import type { WalkedDirectory } from '../../src/remote/files/walk.js';

type Run<T> = FleetRun<HostValue<T>>;

// What is asked for decides what is given; nothing here is called.
const calls = (mc: MultiConnection) => ({
  stat: mc.fs.stat('a'),
  bytes: mc.fs.readFile('a'),
  text: mc.fs.readFile('a', 'utf8'),
  textByOption: mc.fs.readFile('a', { encoding: 'utf8' }),
  names: mc.fs.readdir('a'),
  entries: mc.fs.readdir('a', { withFileTypes: true }),
  walk: mc.fs.walk('a', { topDown: false }),
  handle: mc.fs.open('a', 'r'),
  nothing: mc.fs.rename('a', 'b'),
  cpus: mc.os.cpus(),
  platform: mc.os.platform(),
  pathText: mc.Path('/etc').join('hostname').readText(),
  pathStat: mc.Path('/etc').parent.withName('usr').stat(),
  listing: mc.Path('/etc').iterdir(),
  found: mc.Path('/etc').rglob('*.conf'),
  withOptions: mc.with({ batchSize: 2, timeout: 100 }).fs.readFile('a', 'utf8'),
  systemWithOptions: mc.with({ failFast: true }).os.platform(),
  pathWithOptions: mc.with({}).Path('/etc').join('hostname').readText(),
});

type Calls = ReturnType<typeof calls>;

it('a call on a fleet gives what the call on one host promises, for each host', () => {
  expectTypeOf<Calls['stat']>().toEqualTypeOf<Run<Stats>>();
  expectTypeOf<Awaited<Calls['stat']>>().toEqualTypeOf<MultiResult<HostValue<Stats>>>();
  expectTypeOf<Calls['handle']>().toEqualTypeOf<Run<FileHandle>>();
  expectTypeOf<Calls['nothing']>().toEqualTypeOf<Run<void>>();
  expectTypeOf<Calls['cpus']>().toEqualTypeOf<Run<CpuInfo[]>>();
  expectTypeOf<Calls['platform']>().toEqualTypeOf<Run<NodeJS.Platform>>();
  expectTypeOf<Calls['pathText']>().toEqualTypeOf<Run<string>>();
  expectTypeOf<Calls['pathStat']>().toEqualTypeOf<Run<Stats>>();
});

it('a call with options of the fleet gives the same', () => {
  expectTypeOf<Calls['withOptions']>().toEqualTypeOf<Run<string>>();
  expectTypeOf<Calls['systemWithOptions']>().toEqualTypeOf<Run<NodeJS.Platform>>();
  expectTypeOf<Calls['pathWithOptions']>().toEqualTypeOf<Run<string>>();
});

it('each way of a call that has several stays', () => {
  expectTypeOf<Calls['bytes']>().toEqualTypeOf<Run<Buffer>>();
  expectTypeOf<Calls['text']>().toEqualTypeOf<Run<string>>();
  expectTypeOf<Calls['textByOption']>().toEqualTypeOf<Run<string>>();
  expectTypeOf<Calls['names']>().toEqualTypeOf<Run<string[]>>();
  expectTypeOf<Calls['entries']>().toEqualTypeOf<Run<Dirent[]>>();
});

it('what comes one after the other on one host comes as a list from many', () => {
  expectTypeOf<Calls['walk']>().toEqualTypeOf<Run<WalkedDirectory[]>>();
  expectTypeOf<Calls['listing']>().toEqualTypeOf<Run<RemotePath[]>>();
  expectTypeOf<Calls['found']>().toEqualTypeOf<Run<RemotePath[]>>();
});

it('streams are no calls of a fleet, and fields that are no calls are as they were', () => {
  expectTypeOf<MultiConnection['fs']>().not.toHaveProperty('createReadStream');
  expectTypeOf<MultiConnection['fs']>().not.toHaveProperty('createWriteStream');
  expectTypeOf<MultiConnection['fs']['constants']['O_RDONLY']>().toEqualTypeOf<number>();
});
