import { ConnectError, HostKeyError, TimeoutError } from '../../core/errors.js';
import type { HawserError } from '../../core/hawser-error.js';
import { quote } from '../../core/quote.js';
import { oneLine } from '../terminal/text.js';

/** Why a machine could not be asked, or what it has on record of a job could not be read. */
export interface Trouble {
  readonly machine: string;
  readonly error: HawserError;
}

/** Says on one line what is wrong with a machine, or with a record on it. */
export function troubleText({ machine, error }: Trouble): string {
  return `${oneLine(machine)} ✗ ${oneLine(error.message)}`;
}

/** What finds out more about a machine that could not be asked; `''` where the error itself says what to do. */
export function adviceOn({ machine, error }: Trouble): string {
  const isWay = error instanceof ConnectError || error instanceof TimeoutError;
  if (!isWay || error instanceof HostKeyError) return '';
  return `  → ${oneLine(['hawser', 'machine', 'test', machine].map(quote).join(' '))}`;
}
