/** A path as callers give it: text, bytes, or a `file:` URL. Text is UTF-8, but see {@link nameFromBytes}. */
export type PathLike = string | Uint8Array | URL;

/** A low surrogate without its high one: a byte that was no UTF-8 (see {@link nameFromBytes}). */
const ESCAPED = /(?<![\uD800-\uDBFF])[\uDC80-\uDCFF]/;

/**
 * The text of a name. Names are bytes: where they are not UTF-8, each such byte becomes a lone low surrogate, U+DC00 plus
 * the byte, and {@link bytesFromName} makes it the same byte again, so that every name that was listed can be opened.
 * This is what Python does (PEP 383, "surrogateescape").
 */
export function nameFromBytes(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString('utf8');
  if (!text.includes('\uFFFD') || Buffer.from(text, 'utf8').equals(buffer)) return text;
  return escaped(buffer);
}

/** The bytes of a name. */
export function bytesFromName(name: string): Buffer {
  if (!ESCAPED.test(name)) return Buffer.from(name, 'utf8');
  const parts = name.split(/((?<![\uD800-\uDBFF])[\uDC80-\uDCFF]+)/);
  return Buffer.concat(
    parts.map((part, i) =>
      i % 2 === 0 ? Buffer.from(part, 'utf8') : Buffer.from(Array.from(part, (c) => c.charCodeAt(0) - 0xdc00)),
    ),
  );
}

/** Decodes the longest runs that are UTF-8, and escapes every byte between them. */
function escaped(bytes: Buffer): string {
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    text += length === 0 ? String.fromCharCode(0xdc00 + (bytes[at] ?? 0)) : bytes.toString('utf8', at, at + length);
    at += length || 1;
  }
  return text;
}

/** The length of the well-formed UTF-8 sequence at `at` (RFC 3629 §4), 0 where there is none. */
function sequenceLength(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  const length =
    first >= 0xc2 && first <= 0xdf ? 2 : first >= 0xe0 && first <= 0xef ? 3 : first >= 0xf0 && first <= 0xf4 ? 4 : 0;
  if (length === 0 || at + length > bytes.length) return 0;
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i] ?? 0;
    if (byte < 0x80 || byte > 0xbf) return 0;
  }
  const second = bytes[at + 1] ?? 0;
  if ((first === 0xe0 && second < 0xa0) || (first === 0xed && second > 0x9f)) return 0;
  if ((first === 0xf0 && second < 0x90) || (first === 0xf4 && second > 0x8f)) return 0;
  return length;
}
