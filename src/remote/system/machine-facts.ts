import type { CpuInfo, UserInfo } from 'node:os';
import type { Said } from './ask-machine.js';
import { readCpus } from './cpu-facts.js';
import { byteOrder, nodeArch, nodePlatform } from './node-names.js';

/** What a machine has told of itself; `undefined` for what it has not. */
export interface MachineFacts {
  readonly platform: NodeJS.Platform | undefined;
  readonly type: string | undefined;
  readonly release: string | undefined;
  readonly version: string | undefined;
  readonly arch: string | undefined;
  readonly machine: string | undefined;
  readonly endianness: 'BE' | 'LE' | undefined;
  readonly hostname: string | undefined;
  readonly homedir: string | undefined;
  readonly tmpdir: string | undefined;
  readonly userInfo: UserInfo<string> | undefined;
  readonly cpus: CpuInfo[] | undefined;
  readonly availableParallelism: number | undefined;
  readonly totalmem: number | undefined;
  readonly freemem: number | undefined;
  readonly uptime: number | undefined;
  readonly loadavg: number[] | undefined;
}

/** Makes sense of what the script of `facts-script` has said. */
export function readFacts(said: Said): MachineFacts {
  const text = (name: string): string | undefined => said.get(name) || undefined;
  const type = text('sysname');
  const machine = text('machine');
  const userInfo = readAccount(text('account'), text('user'));
  const cpus = readCpus(said);
  return {
    platform: type === undefined ? undefined : nodePlatform(type),
    type,
    release: text('release'),
    version: text('version'),
    arch: machine === undefined ? undefined : nodeArch(machine),
    machine,
    endianness: machine === undefined ? undefined : byteOrder(machine),
    hostname: text('hostname'),
    homedir: text('home') ?? userInfo?.homedir,
    tmpdir: text('tmpdir')?.replace(/(?<=.)\/$/, ''),
    userInfo,
    cpus,
    availableParallelism: positive(text('parallel')) ?? cpus?.length,
    totalmem: linuxMemory(said, 'MemTotal') ?? positive(text('hw.memsize') ?? text('hw.physmem')),
    freemem: linuxMemory(said, 'MemAvailable') ?? linuxMemory(said, 'MemFree') ?? bsdFreeMemory(said),
    uptime: positive(text('uptime')?.split(' ')[0]) ?? sinceBoot(said),
    loadavg: readLoad(text('load') ?? text('vm.loadavg')),
  };
}

function positive(text: string | undefined): number | undefined {
  const value = Number(text);
  return value > 0 ? value : undefined;
}

/** From passwd(5), seven fields, or what `id -P` of BSD and macOS says, ten; else from id(1) and no more than that. */
function readAccount(line: string | undefined, ids: string | undefined): UserInfo<string> | undefined {
  const fields = line?.split('\n')[0]?.split(':') ?? [];
  const [username, , uid, gid] = fields;
  if (username !== undefined && uid !== undefined && gid !== undefined && fields.length >= 7) {
    const [homedir = '', shell = ''] = fields.slice(-2);
    return { username, uid: Number(uid), gid: Number(gid), homedir, shell: shell === '' ? null : shell };
  }
  const [user = '', group = '', name = ''] = ids?.split(':') ?? [];
  if (user === '') return undefined;
  return { username: name || user, uid: Number(user), gid: Number(group), homedir: '', shell: null };
}

/** A line of `/proc/meminfo` (proc(5)), in bytes. */
function linuxMemory(said: Said, name: string): number | undefined {
  const [, kib] = new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(said.get('memory') ?? '') ?? [];
  return kib === undefined ? undefined : Number(kib) * 1024;
}

/** FreeBSD counts free pages in a sysctl, macOS in vm_stat(1), which leaves the speculative ones to themselves. */
function bsdFreeMemory(said: Said): number | undefined {
  const pages = positive(said.get('vm.stats.vm.v_free_count'));
  const size = positive(said.get('hw.pagesize'));
  if (pages !== undefined && size !== undefined) return pages * size;
  const vmStat = said.get('vm_stat') ?? '';
  const number = (pattern: RegExp): number | undefined => positive(pattern.exec(vmStat)?.[1]);
  const free = number(/^Pages free:\s*(\d+)/m);
  const pageSize = number(/page size of (\d+) bytes/);
  if (free === undefined || pageSize === undefined) return undefined;
  return (free + (number(/^Pages speculative:\s*(\d+)/m) ?? 0)) * pageSize;
}

/** From sysctl(8), kern.boottime: `{ sec = 1700000000, usec = 0 } …` or the number alone. */
function sinceBoot(said: Said): number | undefined {
  const boot = said.get('kern.boottime') ?? '';
  const began = positive(/sec = (\d+)/.exec(boot)?.[1] ?? boot);
  const now = positive(said.get('now'));
  return began === undefined || now === undefined ? undefined : now - began;
}

/** Three numbers, from `/proc/loadavg` or from vm.loadavg, which sets them in braces. */
function readLoad(text: string | undefined): number[] | undefined {
  const load = text
    ?.replace(/[{}]/g, ' ')
    .trim()
    .split(/\s+/)
    .slice(0, 3)
    .map((value) => Number(value.replace(',', '.')));
  return load?.length === 3 && load.every((value) => value >= 0) ? load : undefined;
}
