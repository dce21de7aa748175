import { joined, lengthOf, onlyFirst, withoutFirst } from '../pieces.js';
import type { Stats } from '../stats.js';
import { readStats } from './attributes.js';
import { MalformedPacket, PacketReader } from './packet-reader.js';
import type { Packet } from './packet-splitter.js';
import { Response, Status } from './protocol.js';

/** The longest handle that the draft allows, in bytes (draft-ietf-secsh-filexfer-02 §6.3). */
const LONGEST_HANDLE = 256;

/** How a request went, where it gives nothing else. */
export interface StatusAnswer {
  readonly kind: 'status';
  readonly status: number;
  readonly message: string;
}

/** A name in an answer, with what was told of it. */
export interface NamedStats {
  readonly name: Buffer;
  readonly stats: Stats;
}

/** What a server can answer a request with. */
export type Answer =
  | StatusAnswer
  | { readonly kind: 'handle'; readonly handle: Buffer }
  | { readonly kind: 'data'; readonly pieces: readonly Buffer[]; readonly length: number }
  | { readonly kind: 'names'; readonly names: readonly NamedStats[] }
  | { readonly kind: 'stats'; readonly stats: Stats }
  | { readonly kind: 'extended'; readonly fields: PacketReader };

/** The names of {@link Answer}'s kinds. */
export type AnswerKind = Answer['kind'];

/** The answer of one kind. */
export type AnswerOf<K extends AnswerKind> = Extract<Answer, { kind: K }>;

/** Type and request id stand in front of every answer. */
const HEAD = 5;

/** The type of a packet and the id of the request that it answers. */
export function readHead({ pieces, length }: Packet): { type: number; id: number } {
  if (length < HEAD) throw new MalformedPacket(`an answer of ${length} bytes came, too short for its number`);
  const head = new PacketReader(start(pieces, HEAD));
  return { type: head.u8(), id: head.u32() };
}

/** Reads an answer. Throws `MalformedPacket` for one that breaks the format. */
export function readAnswer(type: number, packet: Packet): Answer {
  if (type === Response.DATA) return readData(packet);
  const fields = new PacketReader(joined(withoutFirst(packet.pieces, HEAD)));
  switch (type) {
    case Response.STATUS:
      return readStatus(fields);
    case Response.HANDLE:
      return { kind: 'handle', handle: readHandle(fields) };
    case Response.NAME:
      return { kind: 'names', names: readNames(fields) };
    case Response.ATTRS:
      return { kind: 'stats', stats: readStats(fields) };
    case Response.EXTENDED_REPLY:
      return { kind: 'extended', fields };
    default:
      throw new MalformedPacket(`a packet of type ${type} came, which is no answer`);
  }
}

/** The bytes stay in the pieces in which they came. */
function readData({ pieces, length }: Packet): Answer {
  const offset = HEAD + 4;
  if (length < offset) throw new MalformedPacket('a packet ended before its last field');
  const said = start(pieces, offset).readUInt32BE(HEAD);
  const data = withoutFirst(pieces, offset);
  if (said !== length - offset) {
    throw new MalformedPacket(`${said} bytes of data were announced in a packet that has ${lengthOf(data)}`);
  }
  return { kind: 'data', pieces: data, length: said };
}

/** Some servers leave out the message and its language, which version 2 did not have. */
function readStatus(fields: PacketReader): StatusAnswer {
  const status = fields.u32();
  const message = fields.left === 0 ? '' : fields.string().toString('utf8');
  return { kind: 'status', status, message: status === Status.OK ? '' : message };
}

function readHandle(fields: PacketReader): Buffer {
  const handle = fields.string();
  if (handle.length === 0 || handle.length > LONGEST_HANDLE) {
    throw new MalformedPacket(`a handle of ${handle.length} bytes was given`);
  }
  // The packet may lie in a chunk of many kilobytes, which a view would keep.
  return Buffer.from(handle);
}

function readNames(fields: PacketReader): NamedStats[] {
  const names: NamedStats[] = [];
  for (let left = fields.u32(); left > 0; left--) {
    const name = fields.string();
    // The line as of `ls -l` is for people.
    fields.string();
    names.push({ name: Buffer.from(name), stats: readStats(fields) });
  }
  return names;
}

/** The first bytes, copied only where they came in several pieces. */
function start(pieces: readonly Buffer[], count: number): Buffer {
  const [first] = pieces;
  return first !== undefined && first.length >= count ? first : Buffer.concat(onlyFirst(pieces, count));
}
