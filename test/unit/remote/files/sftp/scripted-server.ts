import type { Duplex } from 'node:stream';
import { PacketReader } from '../../../../../src/remote/files/sftp/packet-reader.js';
import { PacketSplitter } from '../../../../../src/remote/files/sftp/packet-splitter.js';
import { encodePacket, type Field } from '../../../../../src/remote/files/sftp/packet-writer.js';
import { Request, Response } from '../../../../../src/remote/files/sftp/protocol.js';

/** A request as a scripted server sees it. */
export interface Asked {
  readonly type: number;
  readonly id: number;
  readonly fields: PacketReader;
  /** Answers with a packet of a type, with the request's id in front of the fields. */
  reply(type: number, ...fields: readonly Field[]): void;
}

/** Plays an SFTP server: says its version, then leaves every request to a script. */
export function scripted(
  script: (asked: Asked, stream: Duplex) => void,
  extensions: readonly string[] = [],
): (stream: Duplex) => void {
  return (stream) => {
    const splitter = new PacketSplitter();
    stream.on('error', () => {});
    stream.on('data', (chunk: Buffer) => {
      for (const packet of splitter.push(chunk)) {
        const fields = new PacketReader(packet);
        const type = fields.u8();
        if (type === Request.INIT) {
          const offered = extensions.flatMap((name) => [Buffer.from(name), Buffer.from('1')]);
          stream.write(encodePacket(Response.VERSION, [3, ...offered]));
          continue;
        }
        const id = fields.u32();
        script({ type, id, fields, reply: (kind, ...rest) => stream.write(encodePacket(kind, [id, ...rest])) }, stream);
      }
    });
  };
}
