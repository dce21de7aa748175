import { inspect } from 'node:util';
import type { Abortable } from '../../core/abort.js';
import { Backoff, type ReconnectOptions } from '../../core/backoff.js';
import { checkTimeout } from '../../core/deadline.js';
import { OptionError } from '../../core/hawser-error.js';

/** The encodings of a file that is followed: those in which a line ends with the byte 0x0A and with nothing else. */
export type TailEncoding = 'utf8' | 'utf-8' | 'latin1' | 'binary' | 'ascii';

/** Options of {@link openTail}. Its signal ends the opening, and the tail later on. */
export interface TailOptions extends Abortable {
  /** How many of the last lines come first; a last line without an end counts. With `from: 'end'` alone. Default 0. */
  readonly lines?: number;
  /**
   * Where to begin: at the end as it is now, at the start, or at an offset in bytes. An offset beyond the end means that
   * the file was truncated since: then it is read from its start. Default `'end'`.
   */
  readonly from?: 'end' | 'start' | number;
  /** Default `'utf8'`, where bytes that are none become U+FFFD. */
  readonly encoding?: TailEncoding;
  /** How long iteration waits between two looks at a file that has not grown, in milliseconds. Default 500. */
  readonly pollInterval?: number;
  /**
   * What a file that is not there when the tail is opened means: an error, or one to wait for, which is then read from
   * its start. A file that goes later on is always waited for. Default `'error'`.
   */
  readonly missing?: 'error' | 'wait';
  /**
   * How the link is made again when it is lost; `false`: it is not, and the loss is the error. A connection that has
   * `reconnect` itself makes it in its own way, once for all that is open on it: of this, `attempts` alone counts then.
   */
  readonly reconnect?: ReconnectOptions | false;
  /**
   * How much of the text `contents` keeps, in UTF-16 code units: the last of it. Default: all, at a byte for each byte of
   * the file. `0` for a tail that is only iterated or read, so that it takes no more memory however long it goes on.
   */
  readonly maxContents?: number;
}

/** Where a tail begins. */
export type TailStart = { readonly lines: number } | { readonly offset: number };

/** The options of a tail, checked. */
export interface TailPlan {
  readonly start: TailStart;
  readonly encoding: BufferEncoding;
  readonly pollInterval: number;
  readonly wait: boolean;
  /** Whether it outlives its link. */
  readonly reconnects: boolean;
  readonly backoff: Backoff;
  readonly maxContents: number;
}

const POLL_INTERVAL = 500;
const ENCODINGS: ReadonlySet<unknown> = new Set<TailEncoding>(['utf8', 'utf-8', 'latin1', 'binary', 'ascii']);

/** Checks the options of a tail. Throws {@link OptionError}. */
export function planTail(o: TailOptions): TailPlan {
  const { encoding = 'utf8', missing = 'error', reconnect = {}, maxContents = Number.POSITIVE_INFINITY } = o;
  if (!ENCODINGS.has(encoding)) {
    throw wrong('encoding', 'utf8, latin1 or ascii, in which lines end with one byte', encoding);
  }
  if (missing !== 'error' && missing !== 'wait') throw wrong('missing', '"error" or "wait"', missing);
  if (maxContents !== Number.POSITIVE_INFINITY && !isCount(maxContents)) {
    throw wrong('maxContents', 'a non-negative integer', maxContents);
  }
  return {
    start: startOf(o),
    encoding,
    pollInterval: checkTimeout('pollInterval', o.pollInterval) ?? POLL_INTERVAL,
    wait: missing === 'wait',
    reconnects: reconnect !== false,
    backoff: new Backoff(reconnect === false ? { attempts: 0 } : reconnect),
    maxContents,
  };
}

/** Checks an offset in a file. Throws {@link OptionError}. */
export function checkOffset(value: number): number {
  if (!isCount(value)) throw wrong('from', 'an offset in bytes, a non-negative integer', value);
  return value;
}

function startOf({ from = 'end', lines }: TailOptions): TailStart {
  if (lines !== undefined && !isCount(lines)) throw wrong('lines', 'a non-negative integer', lines);
  if (from === 'end') return { lines: lines ?? 0 };
  if (lines !== undefined) {
    throw new OptionError('Expected `lines`, which counts from the end, or another `from` than "end", got both.');
  }
  if (from === 'start') return { offset: 0 };
  if (typeof from !== 'number') throw wrong('from', '"end", "start" or an offset in bytes', from);
  return { offset: checkOffset(from) };
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function wrong(name: string, wanted: string, value: unknown): OptionError {
  return new OptionError(`Expected the \`${name}\` option to be ${wanted}, got ${inspect(value, { depth: 0 })}.`);
}
