import { readFileSync, writeFileSync } from 'node:fs';

const KIB_PER_MIB = 1024;

/** Does the work and says how far the memory of this process rose above what it held before, in MiB. Linux only. */
export async function peakOverIdle(work: () => Promise<unknown>): Promise<number> {
  if (gc === undefined) throw new Error('Start this program with --expose-gc.');
  gc();
  // 5 sets the peak back to what is held now (proc(5), clear_refs).
  writeFileSync('/proc/self/clear_refs', '5');
  const idle = statusOf('VmRSS');
  await work();
  return (statusOf('VmHWM') - idle) / KIB_PER_MIB;
}

function statusOf(name: string): number {
  const line = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync('/proc/self/status', 'utf8'));
  return Number(line?.[1]);
}
