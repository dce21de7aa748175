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
  if (answer.fields.left < 32) throw session.breach('its limits came without the last ones');
  const packet = answer.fields.u64() || LONGEST_PACKET;
  const read = answer.fields.u64() || SMALLEST_LIMITS.readLength;
  const write = answer.fields.u64() || SMALLEST_LIMITS.writeLength;
  const handles = answer.fields.u64();
  const most = Math.min(LONGEST_DATA, packet - AROUND_DATA);
  if (most < 1) throw session.breach(`it takes packets of ${packet} bytes at most`);
  return {
    readLength: Math.min(read, most),
    writeLength: Math.min(write, most),
    ...(handles === 0 ? {} : { openHandles: handles }),
  };
}
