import type { ClientChannel } from 'ssh2';
import { isWhole, releaseMemory } from '../../core/release-memory.js';

/*
 * What ssh2 does with memory, and hawser does better, for AES-GCM (RFC 5647), which both sides prefer: a packet of 32 KiB
 * costs ssh2 a new buffer for its plain text, one for each part of it that a read of the socket brings, and one for its
 * cipher text, and all of them wait for the garbage collector. Other ciphers are left as they are.
 */

/** The longest packet that ssh2 takes, with its length and tag, in bytes. */
const LONGEST_PACKET = 35_000;
/** What stands behind a packet (RFC 5647 §6.2), in bytes. */
const TAG = 16;
/** The shortest payload whose packet is worth keeping for the next one, in bytes. */
const LARGE = 16 * 1024;

interface Cipher {
  allocPacket(payloadLength: number): Buffer;
  _onWrite(data: Buffer): void;
}

interface Decipher {
  /** How many bytes of a packet's length have been read: 0 between two packets. */
  readonly _lenBytes: number;
  decrypt(data: Buffer, from: number, to: number): number | undefined;
}

interface Protocol {
  _cipher: unknown;
  _decipher: unknown;
  readonly _packetRW: { readonly read: object };
  parse(data: Buffer, from: number, to: number): void;
}

/** What is known to copy all that it reads of a chunk, so that the chunk's memory is free afterwards. */
const copying = new WeakSet<object>();

/** Makes ssh2's client, on a connection that stands, use memory again, for its present keys and all that follow. */
export function savePacketMemory(client: object): void {
  const protocol: unknown = Reflect.get(client, '_protocol');
  if (!isProtocol(protocol)) return;
  whenever(protocol, '_cipher', (cipher) => {
    if (isCipher(cipher)) reusePackets(cipher);
  });
  whenever(protocol, '_decipher', (decipher) => {
    if (isDecipher(decipher)) gatherPackets(decipher);
  });
  const { parse } = protocol;
  protocol.parse = (data, from, to) => {
    const before = protocol._decipher;
    parse.call(protocol, data, from, to);
    if (isWhole(data) && isCopying(before) && isCopying(protocol._decipher)) releaseMemory(data);
  };
}

/**
 * Takes back the memory of what comes on a channel as soon as its listeners have seen it. To be called for a channel whose
 * reader copies what it wants to keep.
 */
export function lendChunks(channel: ClientChannel): void {
  const protocol: unknown = Reflect.get(Object(Reflect.get(channel, '_client')), '_protocol');
  if (!isProtocol(protocol)) return;
  const { push } = channel;
  channel.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    const wanted = push.call(channel, chunk, encoding);
    // What was not read at once lies in the stream's queue. Uncompressed, a packet has its memory to itself.
    const read = Buffer.isBuffer(chunk) && channel.readableLength === 0 && isCopying(protocol._decipher);
    if (read && protocol._packetRW.read.constructor.name === 'PacketReader') releaseMemory(chunk);
    return wanted;
  };
}

/** Keeps the longest packet for the next one as long: its text is encrypted before anything else is sent. */
function reusePackets(cipher: Cipher): void {
  const { allocPacket, _onWrite } = cipher;
  let kept: Buffer | undefined;
  let keptLength = LARGE;
  cipher.allocPacket = (length) => {
    if (kept !== undefined && length === keptLength) return kept;
    const packet = allocPacket.call(cipher, length);
    if (length >= keptLength) {
      kept = packet;
      keptLength = length;
    }
    return packet;
  };
  // The length of a packet is sent as a view of it, and may wait until the next one stands in its place.
  cipher._onWrite = (data) => _onWrite(data.length === 4 ? Buffer.from(data) : data);
}

/** Has packets deciphered whole: what comes in parts is gathered in a place that is used again. */
function gatherPackets(decipher: Decipher): void {
  const { decrypt } = decipher;
  let place: Buffer = Buffer.alloc(0);
  let gathered = 0;
  /** Copies bytes until `length` have been gathered; returns where it stopped. */
  const gather = (data: Buffer, from: number, to: number, length: number): number => {
    const end = Math.min(to, from + Math.max(0, length - gathered));
    if (end > from && place.length === 0) place = Buffer.allocUnsafeSlow(LONGEST_PACKET);
    data.copy(place, gathered, from, end);
    gathered += end - from;
    return end;
  };
  /** Deciphers the packet that was gathered; tells whether what follows is for another decipher. */
  const open = (length: number): boolean => {
    gathered = 0;
    return decrypt.call(decipher, place, 0, length) !== undefined;
  };
  decipher.decrypt = (data, from, to) => {
    let at = from;
    if (gathered > 0) {
      at = gather(data, at, to, 4);
      if (gathered < 4) return undefined;
      const length = packetLength(place, 0);
      at = gather(data, at, to, length);
      if (gathered < length) return undefined;
      if (open(length)) return at;
    }
    // The first bytes of a packet may have come before.
    if (decipher._lenBytes > 0) return decrypt.call(decipher, data, at, to);
    const end = endOfWhole(data, at, to);
    if (end > at) {
      const other = decrypt.call(decipher, data, at, end);
      if (other !== undefined) return other;
    }
    gather(data, end, to, LONGEST_PACKET);
    return undefined;
  };
  copying.add(decipher);
}

/** Where the last packet ends that lies in the bytes as a whole. */
function endOfWhole(data: Buffer, from: number, to: number): number {
  let end = from;
  while (end + 4 <= to) {
    const next = end + packetLength(data, end);
    if (next > to) break;
    end = next;
  }
  return end;
}

/** How long a packet is, with its length and its tag. One that ssh2 refuses has no more than the length that it refuses. */
function packetLength(data: Buffer, at: number): number {
  const length = data.readUInt32BE(at) + 4 + TAG;
  return length > LONGEST_PACKET ? 4 : length;
}

/** Calls `listener` with what a property holds, and with whatever is put there later. */
function whenever(protocol: Protocol, name: '_cipher' | '_decipher', listener: (value: unknown) => void): void {
  let value = protocol[name];
  listener(value);
  Object.defineProperty(protocol, name, {
    get: () => value,
    set: (next: unknown) => {
      listener(next);
      value = next;
    },
  });
}

function isCopying(decipher: unknown): boolean {
  return typeof decipher === 'object' && decipher !== null && copying.has(decipher);
}

function isProtocol(value: unknown): value is Protocol {
  const has = (name: string): boolean => typeof Reflect.get(Object(value), name) === 'object';
  return (
    has('_cipher') && has('_decipher') && has('_packetRW') && typeof Reflect.get(Object(value), 'parse') === 'function'
  );
}

function isCipher(value: unknown): value is Cipher {
  return isKind(value, 'AESGCMCipherNative', 'allocPacket', '_onWrite');
}

function isDecipher(value: unknown): value is Decipher {
  return (
    isKind(value, 'AESGCMDecipherNative', 'decrypt') && typeof Reflect.get(Object(value), '_lenBytes') === 'number'
  );
}

function isKind(value: unknown, name: string, ...methods: string[]): boolean {
  if (typeof value !== 'object' || value === null || value.constructor.name !== name) return false;
  return methods.every((method) => typeof Reflect.get(value, method) === 'function');
}
