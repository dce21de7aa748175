import type { Stats } from 'node:fs';
import { Response, Status } from '../../remote/files/sftp/protocol.js';
import { encodeAttributes, longName } from './attributes.js';
import { PacketWriter } from './wire.js';

/** How a request went. */
export function statusAnswer(id: number, status: number, message: string): Buffer {
  return new PacketWriter().u8(Response.STATUS).u32(id).u32(status).name(message).name('').finish();
}

/** The request went well and gives nothing. */
export function okAnswer(id: number): Buffer {
  return statusAnswer(id, Status.OK, 'Success');
}

/** The handle of what was opened. */
export function handleAnswer(id: number, handle: Buffer): Buffer {
  return new PacketWriter().u8(Response.HANDLE).u32(id).string(handle).finish();
}

/** What was read. */
export function dataAnswer(id: number, data: Buffer): Buffer {
  return new PacketWriter().u8(Response.DATA).u32(id).string(data).finish();
}

/** What is known of one file. */
export function attributesAnswer(id: number, stats: Stats): Buffer {
  return encodeAttributes(new PacketWriter().u8(Response.ATTRS).u32(id), stats).finish();
}

/** Names of a directory, each with what is known of it. */
export function namesAnswer(id: number, entries: readonly { name: string; stats: Stats }[]): Buffer {
  const packet = new PacketWriter().u8(Response.NAME).u32(id).u32(entries.length);
  for (const { name, stats } of entries) encodeAttributes(packet.name(name).name(longName(name, stats)), stats);
  return packet.finish();
}

/** One name and nothing else: a canonical path, or a link's target. */
export function pathAnswer(id: number, path: string): Buffer {
  return new PacketWriter().u8(Response.NAME).u32(id).u32(1).name(path).name(path).u32(0).finish();
}
