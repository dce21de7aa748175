import { OptionError } from '../../core/hawser-error.js';
import { parseDuration } from '../options/duration.js';

/** What a machine that many share can be asked at the most, in milliseconds. */
const LEAST = 5000;

/** Reads the time from one look at jobs to the next. Throws OptionError for less than five seconds. */
export function pollInterval(text: string): number {
  const ms = parseDuration(text);
  if (ms >= LEAST) return ms;
  throw new OptionError(`Expected 5s or more, got ${JSON.stringify(text)}: the machine is not there for us alone.`);
}
