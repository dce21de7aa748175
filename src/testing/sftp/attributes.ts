import type { Stats } from 'node:fs';
import type { PacketReader, PacketWriter } from './wire.js';

/** The ATTRS of SFTP version 3, as far as a client sent them. Times in seconds. */
export interface Attributes {
  readonly size?: number;
  readonly owner?: { readonly uid: number; readonly gid: number };
  readonly permissions?: number;
  readonly times?: { readonly accessed: number; readonly modified: number };
}

const SIZE = 0x1;
const OWNER = 0x2;
const PERMISSIONS = 0x4;
const TIMES = 0x8;
const EXTENDED = 0x80000000;

/** Reads the ATTRS that a request ends with; extended ones are passed over. */
export function readAttributes(packet: PacketReader): Attributes {
  const flags = packet.u32();
  const attributes = {
    ...(flags & SIZE ? { size: packet.u64() } : {}),
    ...(flags & OWNER ? { owner: { uid: packet.u32(), gid: packet.u32() } } : {}),
    ...(flags & PERMISSIONS ? { permissions: packet.u32() } : {}),
    ...(flags & TIMES ? { times: { accessed: packet.u32(), modified: packet.u32() } } : {}),
  };
  if (flags & EXTENDED) {
    for (let left = packet.u32(); left > 0; left--) {
      packet.string();
      packet.string();
    }
  }
  return attributes;
}

/** All that version 3 has a place for, as OpenSSH's server sends it. */
export function encodeAttributes(packet: PacketWriter, stats: Stats): PacketWriter {
  return packet
    .u32(SIZE | OWNER | PERMISSIONS | TIMES)
    .u64(stats.size)
    .u32(stats.uid)
    .u32(stats.gid)
    .u32(stats.mode)
    .u32(Math.floor(stats.atimeMs / 1000))
    .u32(Math.floor(stats.mtimeMs / 1000));
}

const KINDS: Readonly<Record<number, string>> = { 1: 'p', 2: 'c', 4: 'd', 6: 'b', 8: '-', 10: 'l', 12: 's' };

/** A line as of `ls -l`: the `longname` that clients show to people. */
export function longName(name: string, stats: Stats): string {
  const kind = KINDS[stats.mode >> 12] ?? '?';
  const bits = [...'rwxrwxrwx'].map((letter, i) => (stats.mode & (0o400 >> i) ? letter : '-')).join('');
  const owner = String(stats.uid).padEnd(8);
  const group = String(stats.gid).padEnd(8);
  const [, day = '', month = '', year = ''] = stats.mtime.toUTCString().split(/[ ,]+/);
  return `${kind}${bits} ${String(stats.nlink).padStart(4)} ${owner} ${group} ${String(stats.size).padStart(8)} ${month} ${day}  ${year} ${name}`;
}
