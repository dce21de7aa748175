import { createHash, randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { OptionError } from '../../core/hawser-error.js';

/**
 * The name of a staging directory, which tells this machine, this process, and who stages in it.
 *
 * @param stager letters and digits; by default a name that nobody else has.
 * @throws OptionError for other characters.
 */
export function stageName(stager: string = randomBytes(8).toString('hex')): string {
  if (/^[A-Za-z0-9]{1,64}$/.test(stager)) return `stage-${thisMachine()}-${process.pid}-${stager}`;
  throw new OptionError(`Expected the \`stager\` option to be letters and digits, got ${JSON.stringify(stager)}.`);
}

/** Whether a staging directory was made by a process of this machine that is no more. */
export function isOfTheDead(name: string): boolean {
  const [, machine, pid] = /^stage-([0-9a-f]{8})-([0-9]+)-/.exec(name) ?? [];
  if (pid === undefined || machine !== thisMachine()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    // EPERM: another user's process has it.
    return error instanceof Error && Reflect.get(error, 'code') === 'ESRCH';
  }
}

function thisMachine(): string {
  return createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
}
