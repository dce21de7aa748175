import { link, rename, statfs } from 'node:fs/promises';
import { LONGEST_PACKET, Response, Status } from '../../remote/files/sftp/protocol.js';
import { okAnswer, pathAnswer, statusAnswer } from './answers.js';
import { readAttributes } from './attributes.js';
import { type FileRequests, setLinkAttributes } from './file-requests.js';
import { type PacketReader, PacketWriter } from './wire.js';

/** OpenSSH's extensions that a test host offers, with their revisions (OpenSSH's PROTOCOL, section 4). */
export const EXTENSIONS: readonly (readonly [name: string, revision: string])[] = [
  ['posix-rename@openssh.com', '1'],
  ['statvfs@openssh.com', '2'],
  ['hardlink@openssh.com', '1'],
  ['fsync@openssh.com', '1'],
  ['lsetstat@openssh.com', '1'],
  ['limits@openssh.com', '1'],
  ['expand-path@openssh.com', '1'],
];

/** The longest read and write that OpenSSH's server takes, in bytes. */
const LONGEST_DATA = LONGEST_PACKET - 1024;

/** Answers an extended request. One that is not known is refused as unsupported. */
export async function answerExtension(id: number, packet: PacketReader, requests: FileRequests): Promise<Buffer> {
  const { paths, files } = requests;
  switch (packet.name()) {
    case 'posix-rename@openssh.com':
      await rename(await paths.itself(packet.name()), await paths.itself(packet.name()));
      return okAnswer(id);
    case 'hardlink@openssh.com':
      await link(await paths.itself(packet.name()), await paths.itself(packet.name()));
      return okAnswer(id);
    case 'fsync@openssh.com':
      await files.file(packet.string()).sync();
      return okAnswer(id);
    case 'lsetstat@openssh.com':
      await setLinkAttributes(await paths.itself(packet.name()), readAttributes(packet));
      return okAnswer(id);
    case 'expand-path@openssh.com':
      return pathAnswer(id, await paths.canonical(packet.name().replace(/^~(?=\/|$)/, '.')));
    case 'limits@openssh.com':
      return reply(id).u64(LONGEST_PACKET).u64(LONGEST_DATA).u64(LONGEST_DATA).u64(0).finish();
    case 'statvfs@openssh.com':
      return fileSystem(id, await paths.followed(packet.name()));
    default:
      return statusAnswer(id, Status.OP_UNSUPPORTED, 'Operation unsupported');
  }
}

function reply(id: number): PacketWriter {
  return new PacketWriter().u8(Response.EXTENDED_REPLY).u32(id);
}

async function fileSystem(id: number, path: Buffer): Promise<Buffer> {
  const { bsize, blocks, bfree, bavail, files, ffree } = await statfs(path);
  const sizes = reply(id).u64(bsize).u64(bsize).u64(blocks).u64(bfree).u64(bavail).u64(files).u64(ffree).u64(ffree);
  // File system id, flags, and the longest file name.
  return sizes.u64(0).u64(0).u64(255).finish();
}
