import { OptionError } from '../../core/hawser-error.js';
import type { OpenFile } from './file-driver.js';

/** A place in a file, counted from 0; `null`, -1 or left out: where the last call without one ended. */
export type Position = number | bigint | null | undefined;

/** Which bytes of a buffer `FileHandle.read` fills or `FileHandle.write` takes, and where they lie in the file. */
export interface SliceOptions {
  /** Where in the buffer. Default 0. */
  readonly offset?: number | null | undefined;
  /** In bytes. Default: to the end of the buffer. */
  readonly length?: number | null | undefined;
  readonly position?: Position;
}

/**
 * Fills a buffer as far as the file goes: a server may give less than it was asked for, and says by itself where the file
 * ends. On this machine it is as much as read(2) gives, which of a pipe or a terminal is what there is for now.
 */
export async function readInto(file: OpenFile, into: Buffer, at: number): Promise<number> {
  if (into.length === 0) return 0;
  if (file.readInto !== undefined) return file.readInto(at, into);
  let done = 0;
  for (let ended = false; !ended && done < into.length; ) {
    const pieces = await file.read(at + done, into.length - done);
    for (const piece of pieces) done += piece.copy(into, done);
    ended = pieces.length === 0;
  }
  return done;
}

/** The places of a call that names them one by one, or together. */
export function sliceOptions(
  second: number | null | undefined | SliceOptions,
  length: number | null | undefined,
  position: Position,
): SliceOptions {
  return typeof second === 'object' && second !== null ? second : { offset: second, length, position };
}

/** The part of a buffer that a call is about. Throws {@link OptionError} for one that it does not have. */
export function slice(buffer: Buffer, o: SliceOptions): Buffer {
  const offset = o.offset ?? 0;
  const length = o.length ?? buffer.length - offset;
  if (!isCount(offset) || !isCount(length) || offset + length > buffer.length) {
    throw new OptionError(
      `Expected \`offset\` and \`length\` to lie in a buffer of ${buffer.length} bytes, got ${offset} and ${length}.`,
    );
  }
  return buffer.subarray(offset, offset + length);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** A place that was named; `undefined` for the current one. Throws {@link OptionError} for what is none. */
export function checkPosition(position: Position): number | undefined {
  if (position === null || position === undefined) return undefined;
  const value = Number(position);
  if (value === -1) return undefined;
  if (isCount(value)) return value;
  throw new OptionError(`Expected the \`position\` to be a non-negative integer, got ${position}.`);
}
