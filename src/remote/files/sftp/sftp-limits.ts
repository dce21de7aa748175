import type { PacketReader } from './packet-reader.js';
import { Extension, LONGEST_PACKET, Request } from './protocol.js';
import type { SftpSession } from './sftp-session.js';

/** What a server takes. */
export interface SftpLimits {
  /** The longest read, in bytes. */
  readonly readLength: number;
  /** The longest write, in bytes. */
  readonly writeLength: number;
  /** How many files and directories may be open at once, where the server told. */
  readonly openHandles?: number;
}

/** What every server takes (draft-ietf-secsh-filexfer-02 §3: packets of 34,000 bytes). */
export const SMALLEST_LIMITS: SftpLimits = { readLength: 32 * 1024, writeLength: 32 * 1024 };

/** What a packet has beside the data in it, in bytes; OpenSSH reckons with as much. */
const AROUND_DATA = 1024;

const LONGEST_DATA = LONGEST_PACKET - AROUND_DATA;

/** Asks for the server's limits where it tells them (OpenSSH's PROTOCOL §4.8); a limit of 0 is none that it knows. */
export async function askLimits(session: SftpSession, extensions: ReadonlyMap<string, string>): Promise<SftpLimits> {
  if (!extensions.has(Extension.LIMITS)) return SMALLEST_LIMITS;
  const answer = await session.ask(Request.EXTENDED, [Buffer.from(Extension.LIMITS)], 'extended');
  if (answer.kind === 'status') return SMALLEST_LIMITS;
  const { fields } = answer;
  const [packet, read, write, handles] = session.parsed(() => readNumbers(fields));
  const most = Math.min(LONGEST_DATA, (packet || LONGEST_PACKET) - AROUND_DATA);
  if (most < 1) throw session.breach(`it takes packets of ${packet} bytes at most`);
  return {
    readLength: Math.min(read || SMALLEST_LIMITS.readLength, most),
    writeLength: Math.min(write || SMALLEST_LIMITS.writeLength, most),
    ...(handles === 0 ? {} : { openHandles: handles }),
  };
}

function readNumbers(fields: PacketReader): readonly [number, number, number, number] {
  return [fields.u64(), fields.u64(), fields.u64(), fields.u64()];
}
