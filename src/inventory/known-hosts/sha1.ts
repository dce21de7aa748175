/** The five words of a SHA-1 hash that has read nothing yet (FIPS 180-4 §5.3.3). */
export const SHA1_START: Int32Array = Int32Array.of(0x67452301, -0x10325477, -0x67452302, 0x10325476, -0x3c2d1e10);

/**
 * Cuts a message into blocks, padded as at the end of a hash that has read `before` bytes already, and fills in the
 * schedule of each, so that a message that is hashed behind many beginnings is prepared once (FIPS 180-4 §5.1.1, §6.1.2).
 */
export function sha1Schedules(message: Buffer, before: number): Int32Array[] {
  const count = Math.ceil((message.length + 9) / 64);
  const padded = Buffer.alloc(count * 64);
  message.copy(padded);
  padded[message.length] = 0x80;
  padded.writeUInt32BE((before + message.length) * 8, padded.length - 4);
  return Array.from({ length: count }, (_, block) => {
    const schedule = new Int32Array(80);
    for (let i = 0; i < 16; i += 1) schedule[i] = padded.readInt32BE(block * 64 + i * 4);
    fillSchedule(schedule);
    return schedule;
  });
}

/** Works out words 16 to 79 of a schedule from the first sixteen (FIPS 180-4 §6.1.2, step 1). */
export function fillSchedule(w: Int32Array): void {
  for (let i = 16; i < 80; i += 1) {
    const x = word(w, i - 3) ^ word(w, i - 8) ^ word(w, i - 14) ^ word(w, i - 16);
    w[i] = (x << 1) | (x >>> 31);
  }
}

/**
 * Hashes one block, given as its schedule `w`: reads the five words of `from` at `fromAt`, writes those after the block
 * to `to` at `toAt` (FIPS 180-4 §6.1.2, steps 2 to 4). Both may be the same place.
 */
export function sha1Block(w: Int32Array, from: Int32Array, fromAt: number, to: Int32Array, toAt: number): void {
  const h0 = word(from, fromAt);
  const h1 = word(from, fromAt + 1);
  const h2 = word(from, fromAt + 2);
  const h3 = word(from, fromAt + 3);
  const h4 = word(from, fromAt + 4);
  let a = h0;
  let b = h1;
  let c = h2;
  let d = h3;
  let e = h4;
  let i = 0;
  for (; i < 20; i += 1) {
    const t = (((a << 5) | (a >>> 27)) + (d ^ (b & (c ^ d))) + e + word(w, i) + 0x5a827999) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = t;
  }
  for (; i < 40; i += 1) {
    const t = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + word(w, i) + 0x6ed9eba1) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = t;
  }
  for (; i < 60; i += 1) {
    const t = (((a << 5) | (a >>> 27)) + ((b & c) | (d & (b | c))) + e + word(w, i) - 0x70e44324) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = t;
  }
  for (; i < 80; i += 1) {
    const t = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + word(w, i) - 0x359d3e2a) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = t;
  }
  to[toAt] = h0 + a;
  to[toAt + 1] = h1 + b;
  to[toAt + 2] = h2 + c;
  to[toAt + 3] = h3 + d;
  to[toAt + 4] = h4 + e;
}

/** An element that is there: the `| 0` is free in a 32-bit sum, and tells the compiler that it is a number. */
function word(words: Int32Array, at: number): number {
  return (words[at] ?? 0) | 0;
}
