import type { FarProcess } from '../../transport/contract.js';

/** The process id and the start in what the wrapper says: the id, and all of `/proc/pid/stat` that follows the name. */
export function parseProcess(word: string): Omit<FarProcess, 'mark'> | undefined {
  const [pid = '', ...fields] = word.trim().split(' ');
  if (!/^[1-9]\d*$/.test(pid)) return undefined;
  // The state is field 3 of stat, the start field 22.
  const start = fields[19] ?? '';
  return { pid: Number(pid), start: /^\d+$/.test(start) ? start : '' };
}
