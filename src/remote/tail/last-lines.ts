import type { OpenFile } from '../files/file-driver.js';
import { readRange } from './read-range.js';

const NEWLINE = 0x0a;
const BLOCK = 64 * 1024;

/**
 * Where the last `count` lines of a file begin, found by reading backwards: as many blocks are read as hold those lines.
 * A last line without an end counts as one.
 */
export async function startOfLastLines(file: OpenFile, size: number, count: number): Promise<number> {
  if (count === 0) return size;
  // The end of the last line is not the end of one before it.
  let ends = 0;
  let end = size;
  while (end > 0) {
    const start = Math.max(0, end - BLOCK);
    const block = await readRange(file, start, end - start);
    for (let at = block.lastIndexOf(NEWLINE); at >= 0; at = at === 0 ? -1 : block.lastIndexOf(NEWLINE, at - 1)) {
      if (start + at === size - 1) continue;
      ends += 1;
      if (ends === count) return start + at + 1;
    }
    end = start;
  }
  return 0;
}
