/** By which all that a job of `direct` has started is found again, also what has left its process group. */
export const JOB_VARIABLE = 'HAWSER_JOB_ID';
/** By which a job is found whose id got lost. */
export const TOKEN_VARIABLE = 'HAWSER_TOKEN';

/** An id of `direct`: `pid:start:boot:host`. */
export const DIRECT_ID: RegExp = /^([1-9]\d{0,9}):([\w-]+):([\w-]+):([\w.-]+)$/;

/** The parts of an id of `direct`; `undefined` for what is none. */
export function parseDirectId(id: string): { pid: number; start: string; boot: string; host: string } | undefined {
  const [, pid, start, boot, host] = DIRECT_ID.exec(id) ?? [];
  if (pid === undefined || start === undefined || boot === undefined || host === undefined) return undefined;
  return { pid: Number(pid), start, boot, host };
}
