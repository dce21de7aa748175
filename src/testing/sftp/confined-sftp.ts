import type { ServerChannel } from 'ssh2';
import { MalformedPacket } from '../../remote/files/sftp/packet-reader.js';
import { Request, Response } from '../../remote/files/sftp/protocol.js';
import type { HostSettings } from '../host-settings.js';
import { statusAnswer } from './answers.js';
import { answerExtension, EXTENSIONS } from './extensions.js';
import { FileRequests } from './file-requests.js';
import { statusOf } from './open-files.js';
import { PacketReader, PacketSplitter, PacketWriter } from './wire.js';

/** What requests are called. */
const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(Request).map(([name, type]) => [type, name.toLowerCase()]),
);

/**
 * An SFTP server, version 3 (draft-ietf-secsh-filexfer-02), over the raw bytes of a channel, confined to a test host's
 * directory. It answers one request after another, as OpenSSH's does, and takes the arguments of SYMLINK in OpenSSH's
 * order: target, then link.
 */
export class ConfinedSftp {
  readonly #channel: ServerChannel;
  readonly #settings: HostSettings;
  readonly #requests: FileRequests;
  #hangs = false;

  constructor(channel: ServerChannel, settings: HostSettings) {
    this.#channel = channel;
    this.#settings = settings;
    this.#requests = new FileRequests(settings);
    channel.on('error', () => {});
    void this.#serve();
  }

  /** The client closed the channel, or the connection ended: nothing stays open. */
  channelClosed(): void {
    void this.#requests.closeAll();
  }

  async #serve(): Promise<void> {
    const splitter = new PacketSplitter();
    try {
      for await (const chunk of this.#channel) {
        if (!Buffer.isBuffer(chunk)) continue;
        for (const packet of splitter.push(chunk)) {
          const answer = await this.#meet(new PacketReader(packet));
          if (answer !== undefined) await this.#send(answer);
        }
      }
      this.#channel.exit(0);
    } catch {
      // A packet that is none, or a channel that is gone: either way the session is over.
    }
    await this.#requests.closeAll();
    this.#channel.end();
  }

  /** Waits for the client's window, so that a client that reads nothing is answered nothing. */
  #send(answer: Buffer): Promise<void> {
    return new Promise((resolve) => {
      this.#channel.write(answer, () => resolve());
    });
  }

  /** `undefined`: no answer, now or ever. */
  async #meet(packet: PacketReader): Promise<Buffer | undefined> {
    const type = packet.u8();
    const { onSftp } = this.#settings.faults;
    this.#hangs ||= (typeof onSftp === 'string' ? onSftp : onSftp(NAMES.get(type) ?? `${type}`)) === 'hang';
    return this.#hangs ? undefined : await this.#answer(type, packet);
  }

  async #answer(type: number, packet: PacketReader): Promise<Buffer> {
    if (type === Request.INIT) return this.#version();
    const id = packet.u32();
    try {
      if (type === Request.EXTENDED && !this.#settings.faults.noSftpExtensions) {
        return await answerExtension(id, packet, this.#requests);
      }
      return await this.#requests.answer(type, id, packet);
    } catch (error) {
      if (error instanceof MalformedPacket) throw error;
      const { status, message } = statusOf(error);
      return statusAnswer(id, status, message);
    }
  }

  #version(): Buffer {
    const version = new PacketWriter().u8(Response.VERSION).u32(3);
    if (!this.#settings.faults.noSftpExtensions) {
      for (const [name, revision] of EXTENSIONS) version.name(name).name(revision);
    }
    return version.finish();
  }
}
