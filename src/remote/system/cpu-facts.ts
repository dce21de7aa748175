import type { CpuInfo } from 'node:os';
import type { Said } from './ask-machine.js';

type Times = CpuInfo['times'];

const NO_TIMES: Times = { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 };

/** The processors, from what the machine has said; `undefined` where it said nothing of them. */
export function readCpus(said: Said): CpuInfo[] | undefined {
  const ticks = Number(said.get('ticks')) || 100;
  const cpus = said.has('times') ? linuxCpus(said, ticks) : bsdCpus(said, ticks);
  return cpus.length === 0 ? undefined : cpus;
}

/** From `/proc/stat`, `/proc/cpuinfo` (proc(5)), and cpufreq where the kernel has it. */
function linuxCpus(said: Said, ticks: number): CpuInfo[] {
  const models = cpuinfo(said.get('models') ?? '');
  const speeds = new Map(
    lines(said.get('speeds')).map((line) => [
      /cpu(\d+)\/cpufreq/.exec(line)?.[1],
      Number(line.split(' ').at(-1)) / 1000,
    ]),
  );
  return lines(said.get('times')).map((line) => {
    const [name = '', ...spent] = line.split(' ');
    const id = name.slice('cpu'.length);
    // Some kernels name the model once, for all.
    const { model = 'unknown', mhz = 0 } = models.get(id) ?? [...models.values()][0] ?? {};
    const [user, nice, sys, idle, , irq] = spent.map((count) => (Number(count) * 1000) / ticks);
    return {
      model,
      speed: Math.round(speeds.get(id) ?? mhz),
      times: { user: user ?? 0, nice: nice ?? 0, sys: sys ?? 0, idle: idle ?? 0, irq: irq ?? 0 },
    };
  });
}

interface Model {
  model?: string;
  mhz?: number;
}

function cpuinfo(text: string): ReadonlyMap<string, Model> {
  const models = new Map<string, Model>();
  let current: Model = {};
  for (const line of lines(text)) {
    const [, field = '', value = ''] = /^([^:]*?)\s*:\s*(.*)$/.exec(line) ?? [];
    if (field === 'processor') {
      current = {};
      models.set(value, current);
    } else if (field === 'cpu MHz') {
      current.mhz = Number(value);
    } else {
      current.model = value;
    }
  }
  return models;
}

/** From sysctl(8): FreeBSD tells five times a processor in ticks (user, nice, system, interrupt, idle), macOS none. */
function bsdCpus(said: Said, ticks: number): CpuInfo[] {
  const model = said.get('machdep.cpu.brand_string') ?? said.get('hw.model') ?? 'unknown';
  const speed = Math.round(Number(said.get('hw.cpufrequency') ?? 0) / 1e6) || 0;
  const spent = (said.get('kern.cp_times') ?? '').split(' ').map((count) => (Number(count) * 1000) / ticks);
  return Array.from({ length: Number(said.get('hw.ncpu')) || 0 }, (_, id) => {
    const [user, nice, sys, irq, idle] = spent.slice(id * 5, id * 5 + 5);
    const times =
      idle === undefined ? NO_TIMES : { user: user ?? 0, nice: nice ?? 0, sys: sys ?? 0, idle, irq: irq ?? 0 };
    return { model, speed, times };
  });
}

function lines(text: string | undefined): string[] {
  return (text ?? '').split('\n').filter((line) => line !== '');
}
