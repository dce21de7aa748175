import type { OpenFile } from '../files/file-driver.js';

/** The bytes of a file from `position` on, `length` of them, or fewer where the file ends before. */
export async function readRange(file: OpenFile, position: number, length: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let got = 0;
  while (got < length) {
    const more = await file.read(position + got, length - got);
    const size = more.reduce((sum, piece) => sum + piece.length, 0);
    if (size === 0) break;
    pieces.push(...more);
    got += size;
  }
  return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
}
