// Bytes in the pieces in which they came: what is large is not copied to be one.

/** The pieces as one; a copy only where there are several. */
export function joined(pieces: readonly Buffer[]): Buffer {
  const [first] = pieces;
  return pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces);
}

/** What remains of the pieces when `count` bytes are taken off their front. */
export function withoutFirst(pieces: readonly Buffer[], count: number): Buffer[] {
  const rest: Buffer[] = [];
  let skip = count;
  for (const piece of pieces) {
    if (skip < piece.length) rest.push(skip === 0 ? piece : piece.subarray(skip));
    skip = Math.max(0, skip - piece.length);
  }
  return rest;
}

/** The first `count` bytes of the pieces. */
export function onlyFirst(pieces: readonly Buffer[], count: number): Buffer[] {
  const first: Buffer[] = [];
  let left = count;
  for (const piece of pieces) {
    if (left === 0) break;
    first.push(piece.length <= left ? piece : piece.subarray(0, left));
    left = Math.max(0, left - piece.length);
  }
  return first;
}

/** How many bytes the pieces are together. */
export function lengthOf(pieces: readonly Buffer[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}
