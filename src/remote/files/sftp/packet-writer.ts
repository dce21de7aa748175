/** A field of a packet: a number is a `uint32`, a bigint a `uint64`, bytes are a `string`. */
export type Field = number | bigint | Buffer;

/**
 * One packet with its length in front, in one allocation. Where `payload` is given, the packet's last field is a string
 * of that length, whose bytes are sent after what is returned.
 */
export function encodePacket(type: number, fields: readonly Field[], payload?: number): Buffer {
  let length = 5 + (payload === undefined ? 0 : 4);
  for (const field of fields) length += sizeOf(field);
  const bytes = Buffer.allocUnsafe(length);
  bytes.writeUInt32BE(length - 4 + (payload ?? 0), 0);
  bytes.writeUInt8(type, 4);
  let at = 5;
  for (const field of fields) {
    if (typeof field === 'number') at = bytes.writeUInt32BE(field >>> 0, at);
    else if (typeof field === 'bigint') at = bytes.writeBigUInt64BE(field, at);
    else {
      at = bytes.writeUInt32BE(field.length, at);
      at += field.copy(bytes, at);
    }
  }
  if (payload !== undefined) bytes.writeUInt32BE(payload, at);
  return bytes;
}

function sizeOf(field: Field): number {
  if (typeof field === 'number') return 4;
  return typeof field === 'bigint' ? 8 : 4 + field.length;
}
