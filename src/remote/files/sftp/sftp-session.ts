import type { Duplex } from 'node:stream';
import { ChannelError, ClosedError, DisconnectedError } from '../../../core/errors.js';
import { HawserError } from '../../../core/hawser-error.js';
import { visible } from '../../../core/visible.js';
import { lengthOf } from '../pieces.js';
import { type Answer, type AnswerKind, type AnswerOf, readAnswer, readHead, type StatusAnswer } from './answers.js';
import { Outbox } from './outbox.js';
import { MalformedPacket, PacketReader } from './packet-reader.js';
import { PacketSplitter } from './packet-splitter.js';
import { encodePacket, type Field } from './packet-writer.js';
import { Request, Response, Status } from './protocol.js';

/** Whom a session is with. */
export interface SftpPeer {
  readonly host: string;
  readonly key: string;
}

interface Pending {
  readonly kind: AnswerKind;
  readonly settle: (answer: Answer) => void;
  readonly fail: (error: HawserError) => void;
}

/** How much of what came in place of a version is shown, in bytes. */
const SHOWN_NOISE = 200;

/**
 * An SFTP session of version 3 (draft-ietf-secsh-filexfer-02) over the raw bytes of a channel: many requests under way
 * at once, each answered by its number. When the session ends, for whatever reason, everything pending is told why; an
 * answer that breaks the rules ends it.
 */
export class SftpSession {
  readonly peer: SftpPeer;
  readonly #stream: Duplex;
  readonly #outbox: Outbox;
  readonly #splitter = new PacketSplitter();
  readonly #pending = new Map<number, Pending>();
  #hello: {
    readonly said: (extensions: ReadonlyMap<string, string>) => void;
    readonly failed: (error: HawserError) => void;
  };
  #greeted = false;
  #lastId = 0;
  #over: HawserError | undefined;
  readonly #listeners = new Set<(reason: HawserError) => void>();

  constructor(stream: Duplex, peer: SftpPeer) {
    this.#stream = stream;
    this.peer = peer;
    this.#outbox = new Outbox(stream);
    this.#hello = { said: () => {}, failed: () => {} };
    stream.on('data', (chunk: Buffer) => this.#received(chunk));
    // It stays for good: a second error would crash the process.
    stream.on('error', (error: Error) => this.#lost(error));
    stream.once('end', () => this.#lost());
    stream.once('close', () => this.#lost());
  }

  /** Begins the session; settles with the server's extensions. Throws `ChannelError` where no SFTP server answers. */
  greet(): Promise<ReadonlyMap<string, string>> {
    return new Promise((resolve, reject) => {
      if (this.#over !== undefined) {
        reject(this.#over);
        return;
      }
      this.#hello = { said: resolve, failed: reject };
      this.#stream.write(encodePacket(Request.INIT, [3]));
    });
  }

  /** Ends a session whose server has said nothing for `ms` milliseconds, before it had begun. */
  mute(ms: number): void {
    this.end(this.#refused(`it said nothing for ${ms / 1000} s`));
  }

  /** Why the session is over; `undefined` while it is not. */
  get over(): HawserError | undefined {
    return this.#over;
  }

  /** Whether the session keeps the process alive, where its stream can tell, as a socket can. */
  keepAlive(alive: boolean): void {
    const call: unknown = Reflect.get(this.#stream, alive ? 'ref' : 'unref');
    if (typeof call === 'function') Reflect.apply(call, this.#stream, []);
  }

  /** Whether more should not be sent before {@link drained}. */
  get congested(): boolean {
    return this.#outbox.congested;
  }

  /** Settles when more may be sent, or the session is over. */
  drained(): Promise<void> {
    return this.#outbox.drained();
  }

  /** Calls `listener` with the reason when the session ends, at once if it has. Returns the way to stop listening. */
  onEnd(listener: (reason: HawserError) => void): () => void {
    if (this.#over === undefined) this.#listeners.add(listener);
    else listener(this.#over);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Sends a request, and settles with its answer of the kind that belongs to it, or with a failed status; where a status
   * is all that belongs to it, with that. `payload` is the request's last field, sent without being copied. Rejects when
   * the session is over.
   */
  ask<K extends AnswerKind>(
    type: number,
    fields: readonly Field[],
    kind: K,
    payload?: readonly Buffer[],
  ): Promise<AnswerOf<K> | StatusAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#over !== undefined) {
        reject(this.#over);
        return;
      }
      const id = this.#nextId();
      const settle = (answer: Answer): void => {
        if (isKind(answer, kind) || answer.kind === 'status') resolve(answer);
      };
      this.#pending.set(id, { kind, settle, fail: reject });
      if (payload === undefined) {
        this.#outbox.send(encodePacket(type, [id, ...fields]));
      } else {
        this.#outbox.sendWith(encodePacket(type, [id, ...fields], lengthOf(payload)), payload);
      }
    });
  }

  /** Ends the session with a reason, which everything pending fails with; the first reason stays. Idempotent. */
  end(reason: HawserError): void {
    if (this.#over !== undefined) return;
    this.#over = reason;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    this.#outbox.close();
    this.#hello.failed(reason);
    for (const { fail } of pending) fail(reason);
    for (const listener of this.#listeners) listener(reason);
    this.#listeners.clear();
    this.#stream.destroy();
    // What still comes is of no use, and must not hold the channel's window.
    this.#stream.resume();
  }

  /** Ends the session on our own account. */
  close(): void {
    this.end(new ClosedError(`The SFTP session with ${this.peer.host} was closed.`, this.peer));
  }

  /** Ends the session because the server broke the protocol. */
  breach(what: string): HawserError {
    const { host } = this.peer;
    const error = new HawserError(
      'ERR_HAWSER_SFTP',
      `The SFTP server of ${host} broke the protocol: ${what}. The session was ended; is its SFTP server the right one?`,
      this.peer,
    );
    this.end(error);
    return this.#over ?? error;
  }

  /** Reads the fields of an extended answer; what breaks their format ends the session. */
  parsed<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (error instanceof MalformedPacket) throw this.breach(error.message);
      throw error;
    }
  }

  #received(chunk: Buffer): void {
    if (this.#over !== undefined) return;
    try {
      for (const packet of this.#splitter.push(chunk)) {
        if (this.#greeted) this.#answered(packet);
        else this.#greeting(packet);
        // An answer may have ended the session.
        if (this.#over !== undefined) return;
      }
    } catch (error) {
      if (!(error instanceof MalformedPacket)) throw error;
      if (this.#greeted) this.breach(error.message);
      else this.end(this.#noise(chunk));
    }
  }

  #greeting(packet: Buffer): void {
    const fields = new PacketReader(packet);
    const type = fields.u8();
    if (type !== Response.VERSION) throw new MalformedPacket(`a packet of type ${type} came before the version`);
    const version = fields.u32();
    if (version !== 3) {
      this.end(this.#refused(`it speaks version ${version} of SFTP, and version 3 is needed`));
      return;
    }
    const extensions = new Map<string, string>();
    while (fields.left > 0) {
      const name = fields.string().toString('latin1');
      extensions.set(name, fields.string().toString('latin1'));
    }
    this.#greeted = true;
    this.#hello.said(extensions);
  }

  #answered(packet: Buffer): void {
    const { type, id } = readHead(packet);
    const pending = this.#pending.get(id);
    if (pending === undefined) throw new MalformedPacket(`an answer to request ${id} came, which was not asked`);
    const answer = readAnswer(type, packet);
    const fits =
      answer.kind === 'status'
        ? pending.kind === 'status' || answer.status !== Status.OK
        : answer.kind === pending.kind;
    if (!fits) {
      const got = answer.kind === 'status' ? 'a mere "OK"' : `"${answer.kind}"`;
      throw new MalformedPacket(`a request for "${pending.kind}" was answered with ${got}`);
    }
    this.#pending.delete(id);
    pending.settle(answer);
  }

  #nextId(): number {
    do this.#lastId = (this.#lastId + 1) % 0x1_0000_0000;
    while (this.#pending.has(this.#lastId));
    return this.#lastId;
  }

  /** The stream has ended, or failed. */
  #lost(cause?: Error): void {
    if (this.#over !== undefined) return;
    if (cause instanceof HawserError) {
      this.end(cause);
      return;
    }
    const { host } = this.peer;
    // The reason why the whole link broke comes a moment after its channels have ended, and tells more.
    setImmediate(() => {
      if (!this.#greeted) this.end(this.#refused('it ended the channel without a word: it has no SFTP server', cause));
      else {
        this.end(
          new DisconnectedError(`The SFTP session with ${host} ended: the server closed it.`, { ...this.peer, cause }),
        );
      }
    });
  }

  #noise(chunk: Buffer): ChannelError {
    // What follows a zero byte is the server's own, which came after the text.
    const [text = ''] = chunk.toString('utf8', 0, SHOWN_NOISE).split('\0');
    const shown = visible(text.trim()).replaceAll('\n', '\\n');
    return this.#refused(
      `it sent what is not SFTP: "${shown}". If that is the output of the login shell's start-up files, let them print in interactive shells only`,
    );
  }

  #refused(why: string, cause?: unknown): ChannelError {
    return new ChannelError('request', `SFTP could not be started on ${this.peer.host}: ${why}.`, {
      ...this.peer,
      cause,
    });
  }
}

function isKind<K extends AnswerKind>(answer: Answer, kind: K): answer is AnswerOf<K> {
  return answer.kind === kind;
}
