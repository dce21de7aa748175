import type { PacketReader } from './packet-reader.js';

/** What `statvfs@openssh.com` tells (OpenSSH's PROTOCOL §4.4, statvfs(3)). */
export interface FileSystem {
  /** What blocks are counted in, in bytes: `f_frsize`. */
  readonly blockSize: number;
  readonly blocks: number;
  readonly free: number;
  readonly available: number;
  readonly files: number;
  readonly freeFiles: number;
  /** Two paths with the same are on one file system. */
  readonly id: number;
  readonly readOnly: boolean;
}

/** `ST_RDONLY` on the wire. */
const READ_ONLY = 1;

/** Reads the answer. Throws `MalformedPacket` where it ends early. */
export function readFileSystem(packet: PacketReader): FileSystem {
  // The size that is best for reading: nobody asks for it.
  packet.u64();
  const [blockSize, blocks, free, available] = [packet.u64(), packet.u64(), packet.u64(), packet.u64()];
  const [files, freeFiles] = [packet.u64(), packet.u64()];
  // Those free to others than root.
  packet.u64();
  const [id, flags] = [packet.u64(), packet.u64()];
  return { blockSize, blocks, free, available, files, freeFiles, id, readOnly: flags % 2 === READ_ONLY };
}
