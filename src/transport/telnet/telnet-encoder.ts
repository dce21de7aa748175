import { Command, IAC, type Verb } from './telnet-codes.js';

const CR = 13;
const LF = 10;

/**
 * Text for the far side (RFC 854): 255 is written twice, and unless both have agreed on bytes as they are (RFC 856), a CR
 * that no LF follows is followed by NUL. One at the end of `bytes` stands alone: it must not wait for what may come.
 */
export function encodeText(bytes: Buffer, binary: boolean): Buffer {
  if (!bytes.includes(IAC) && (binary || !bytes.includes(CR))) return bytes;
  const added = (at: number): number | undefined => {
    if (bytes[at] === IAC) return IAC;
    return bytes[at] === CR && !binary && bytes[at + 1] !== LF ? 0 : undefined;
  };
  let more = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    if (added(at) !== undefined) more += 1;
  }
  const encoded = Buffer.allocUnsafe(bytes.length + more);
  let to = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    encoded[to++] = bytes[at] ?? 0;
    const extra = added(at);
    if (extra !== undefined) encoded[to++] = extra;
  }
  return encoded;
}

/** A command without an argument, such as "interrupt process". */
export function encodeCommand(code: number): Buffer {
  return Buffer.of(IAC, code);
}

/** One word of a negotiation (RFC 855). */
export function encodeNegotiation(verb: Verb, option: number): Buffer {
  return Buffer.of(IAC, verb, option);
}

/** What an option says beyond that it is agreed on (RFC 855). */
export function encodeSubnegotiation(option: number, payload: Buffer): Buffer {
  return Buffer.concat([
    Buffer.of(IAC, Command.SB, option),
    encodeText(payload, true), // 255 twice here as well, and CR as it is
    Buffer.of(IAC, Command.SE),
  ]);
}
