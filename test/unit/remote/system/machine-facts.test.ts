import { describe, expect, it } from 'vitest';
import { readFacts } from '../../../../src/remote/system/machine-facts.js';

function factsOf(said: Record<string, string>): ReturnType<typeof readFacts> {
  return readFacts(new Map(Object.entries(said)));
}

describe('what a Mac says of itself', () => {
  const facts = factsOf({
    ...{
      sysname: 'Darwin',
      release: '23.1.0',
      version: 'Darwin Kernel Version 23.1.0',
      machine: 'arm64',
      hostname: 'mac',
    },
    ...{ home: '/Users/ann', tmpdir: '/var/folders/x/T/', user: '501:20:ann', parallel: '8', ticks: '100' },
    account: 'ann:********:501:20::0:0:Ann:/Users/ann:/bin/zsh',
    'hw.memsize': '17179869184',
    'hw.pagesize': '16384',
    'hw.ncpu': '2',
    'hw.model': 'MacBookPro18,3',
    'machdep.cpu.brand_string': 'Apple M1 Pro',
    'kern.boottime': '{ sec = 1700000000, usec = 12345 } Tue Nov 14 22:13:20 2023',
    'vm.loadavg': '{ 1.50 2.25 3.00 }',
    vm_stat:
      'Mach Virtual Memory Statistics: (page size of 16384 bytes)\nPages free:   1000.\nPages active: 5.\nPages speculative: 24.',
    now: '1700000100',
  });

  it('is understood', () => {
    expect(facts).toMatchObject({ platform: 'darwin', arch: 'arm64', endianness: 'LE', tmpdir: '/var/folders/x/T' });
    expect(facts.userInfo).toEqual({ username: 'ann', uid: 501, gid: 20, homedir: '/Users/ann', shell: '/bin/zsh' });
    expect(facts).toMatchObject({ totalmem: 2 ** 34, freemem: 1024 * 16384, uptime: 100, loadavg: [1.5, 2.25, 3] });
    const times = { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 };
    expect(facts.cpus).toEqual([1, 2].map(() => ({ model: 'Apple M1 Pro', speed: 0, times })));
  });
});

describe('what FreeBSD says of itself', () => {
  const facts = factsOf({
    ...{ sysname: 'FreeBSD', machine: 'amd64', home: '', tmpdir: '/', ticks: '128' },
    account: 'joe:*:1001:1002:Joe:/home/joe:/bin/sh',
    'hw.physmem': '8589934592',
    'hw.pagesize': '4096',
    'hw.ncpu': '1',
    'hw.model': 'Some CPU',
    'vm.stats.vm.v_free_count': '10',
    'kern.cp_times': '128 256 384 512 640',
    'kern.boottime': '{ sec = 50, usec = 0 } Thu Jan  1',
    'vm.loadavg': '{ 0,10 0,20 0,30 }',
    now: '60',
  });

  it('is understood', () => {
    expect(facts).toMatchObject({ platform: 'freebsd', arch: 'x64', homedir: '/home/joe', tmpdir: '/', uptime: 10 });
    expect(facts).toMatchObject({ totalmem: 2 ** 33, freemem: 40_960, loadavg: [0.1, 0.2, 0.3] });
    expect(facts.availableParallelism).toBe(1);
    expect(facts.cpus?.[0]?.times).toEqual({ user: 1000, nice: 2000, sys: 3000, irq: 4000, idle: 5000 });
  });
});

describe('what Linux says of itself', () => {
  it('is understood where kernels differ', () => {
    const facts = factsOf({
      ...{ sysname: 'Linux', machine: 'aarch64', ticks: '100', user: '7:8:me' },
      memory: 'MemTotal:       1000 kB\nMemFree:         10 kB',
      uptime: '12.34 56.78',
      load: '0.00 0.01 0.05 1/123 4567',
      models: 'processor\t: 0\nprocessor\t: 1',
      times: 'cpu0 1 2 3 4 5 6 7 0 0 0\ncpu1 0 0 0 0 0 0 0 0 0 0',
      speeds: '/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq 1500000\n',
    });
    expect(facts).toMatchObject({ arch: 'arm64', totalmem: 1_024_000, freemem: 10_240, uptime: 12.34 });
    expect(facts.loadavg).toEqual([0, 0.01, 0.05]);
    expect(facts.userInfo).toEqual({ username: 'me', uid: 7, gid: 8, homedir: '', shell: null });
    expect(facts.cpus?.[0]).toEqual({
      model: 'unknown',
      speed: 1500,
      times: { user: 10, nice: 20, sys: 30, idle: 40, irq: 60 },
    });
  });

  it('knows processors by the names that Node has for them', () => {
    const named = { x86_64: 'x64', i686: 'ia32', armv7l: 'arm', ppc64le: 'ppc64', s390x: 's390x', riscv64: 'riscv64' };
    for (const [machine, arch] of Object.entries(named)) expect(factsOf({ machine }).arch).toBe(arch);
    for (const machine of ['s390x', 'ppc64', 'mips']) expect(factsOf({ machine }).endianness).toBe('BE');
    for (const machine of ['ppc64le', 'mipsel', 'armv7l']) expect(factsOf({ machine }).endianness).toBe('LE');
  });

  it('may be nothing at all', () => {
    expect(Object.values(factsOf({})).filter((fact) => fact !== undefined)).toEqual([]);
  });
});
