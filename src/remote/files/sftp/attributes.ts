import { Stats } from '../stats.js';
import type { PacketReader } from './packet-reader.js';
import type { Field } from './packet-writer.js';
import { AttributeFlag } from './protocol.js';

/** What SETSTAT and its like can change. Times in milliseconds; the protocol keeps whole seconds of them. */
export interface Changes {
  readonly size?: number;
  readonly owner?: { readonly uid: number; readonly gid: number };
  readonly mode?: number;
  readonly times?: { readonly atimeMs: number; readonly mtimeMs: number };
}

/** Reads ATTRS (draft-ietf-secsh-filexfer-02 §5). Extended attributes are passed over. */
export function readStats(packet: PacketReader): Stats {
  const flags = packet.u32();
  const fields = {
    ...(flags & AttributeFlag.SIZE ? { size: packet.u64() } : {}),
    ...(flags & AttributeFlag.OWNER ? { uid: packet.u32(), gid: packet.u32() } : {}),
    ...(flags & AttributeFlag.PERMISSIONS ? { mode: packet.u32() } : {}),
    ...(flags & AttributeFlag.TIMES ? { atimeMs: packet.u32() * 1000, mtimeMs: packet.u32() * 1000 } : {}),
  };
  if (flags & AttributeFlag.EXTENDED) {
    for (let left = packet.u32(); left > 0; left--) {
      packet.string();
      packet.string();
    }
  }
  return new Stats(fields);
}

/** The fields of ATTRS that say `changes`. */
export function attributeFields({ size, owner, mode, times }: Changes): Field[] {
  const flags =
    (size === undefined ? 0 : AttributeFlag.SIZE) |
    (owner === undefined ? 0 : AttributeFlag.OWNER) |
    (mode === undefined ? 0 : AttributeFlag.PERMISSIONS) |
    (times === undefined ? 0 : AttributeFlag.TIMES);
  return [
    flags,
    ...(size === undefined ? [] : [BigInt(size)]),
    ...(owner === undefined ? [] : [owner.uid, owner.gid]),
    ...(mode === undefined ? [] : [mode & 0o7777]),
    ...(times === undefined ? [] : [Math.floor(times.atimeMs / 1000), Math.floor(times.mtimeMs / 1000)]),
  ];
}
