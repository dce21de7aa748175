import { ConnectError, HostKeyError, TimeoutError } from '../../core/errors.js';
import type { HawserError } from '../../core/hawser-error.js';
import { quote } from '../../core/quote.js';
import { oneLine } from '../terminal/text.js';

/** Says on one line why a machine could not be asked. */
export function troubleWith(machine: string, error: HawserError): string {
  return `${oneLine(machine)} ✗ ${oneLine(error.message)}`;
}

/** What finds out more about a machine that could not be asked; `''` where the error itself says what to do. */
export function adviceOn(machine: string, error: HawserError): string {
  const isWay = error instanceof ConnectError || error instanceof TimeoutError;
  if (!isWay || error instanceof HostKeyError) return '';
  return `  → ${oneLine(['hawser', 'machine', 'test', machine].map(quote).join(' '))}`;
}
