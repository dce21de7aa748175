import { InvalidArgumentError } from 'commander';
import { HawserError } from '../../core/hawser-error.js';
import { withoutPlace } from '../terminal/without-place.js';

/** A reader of an option's text whose errors are commander's, so that they name the option. */
export function read<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      if (error instanceof HawserError) throw new InvalidArgumentError(withoutPlace(error));
      throw error;
    }
  };
}

/** Gathers an option that may be given several times. */
export function gather(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

/** Reads a whole number between two bounds. */
export function wholeNumber(least: number, most: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    const range = most === Number.MAX_SAFE_INTEGER ? `of ${least} or more` : `from ${least} to ${most}`;
    throw new InvalidArgumentError(`Expected a whole number ${range}.`);
  };
}

/** Reads how many hosts may fail: a number, or a share of them such as `25%`. */
export function failureLimit(text: string): number | `${number}%` {
  const value = numberOrShare(text);
  if (value !== undefined) return value;
  throw new InvalidArgumentError('Expected a number of hosts, or a share of them such as 25%.');
}

/** Reads how many hosts are worked on together: a number from 1 on, or a share of them such as `25%`. */
export function hostCount(text: string): number | `${number}%` {
  const value = numberOrShare(text);
  if (value !== undefined && Number.parseFloat(text) > 0) return value;
  throw new InvalidArgumentError('Expected a number of hosts from 1 on, or a share of them such as 25%.');
}

/** Reads the sizes of batches: `1,5,20%`. */
export function hostCounts(text: string): readonly (number | `${number}%`)[] {
  return text.split(',').map((one) => hostCount(one.trim()));
}

function numberOrShare(text: string): number | `${number}%` | undefined {
  const [, number = '', percent] = /^(\d+(?:\.\d+)?)(%)?$/.exec(text) ?? [];
  const value = Number(number);
  if (number === '') return undefined;
  if (percent !== undefined) return value <= 100 ? `${value}%` : undefined;
  return Number.isSafeInteger(value) ? value : undefined;
}
