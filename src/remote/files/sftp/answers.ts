import type { Stats } from '../stats.js';
import { readStats } from './attributes.js';
import { MalformedPacket, PacketReader } from './packet-reader.js';
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
  | { readonly kind: 'data'; readonly bytes: Buffer }
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
export function readHead(packet: Buffer): { type: number; id: number } {
  if (packet.length < HEAD)
    throw new MalformedPacket(`an answer of ${packet.length} bytes came, too short for its number`);
  return { type: packet.readUInt8(0), id: packet.readUInt32BE(1) };
}

/** Reads an answer. Throws `MalformedPacket` for one that breaks the format. */
export function readAnswer(type: number, packet: Buffer): Answer {
  const fields = new PacketReader(packet.subarray(HEAD));
  switch (type) {
    case Response.DATA:
      return readData(fields);
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

function readData(fields: PacketReader): Answer {
  const said = fields.u32();
  const bytes = fields.rest();
  if (said !== bytes.length) {
    throw new MalformedPacket(`${said} bytes of data were announced in a packet that has ${bytes.length}`);
  }
  return { kind: 'data', bytes };
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
  return handle;
}

function readNames(fields: PacketReader): NamedStats[] {
  const names: NamedStats[] = [];
  for (let left = fields.u32(); left > 0; left--) {
    const name = fields.string();
    // The line as of `ls -l` is for people.
    fields.string();
    // A view would keep the whole listing.
    names.push({ name: Buffer.from(name), stats: readStats(fields) });
  }
  return names;
}
