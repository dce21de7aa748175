import type { FileTimes, OpenFile, PullOptions, PushOptions } from '../file-driver.js';
import { lengthOf } from '../pieces.js';
import type { Stats } from '../stats.js';
import type { AnswerOf, StatusAnswer } from './answers.js';
import type { Changes } from './attributes.js';
import type { FileAct } from './file-act.js';
import type { FileCalls } from './file-calls.js';
import { Extension, Request, Status } from './protocol.js';
import { pull } from './pull.js';
import { push } from './push.js';
import type { SftpLimits } from './sftp-limits.js';

/** What an open file is. */
export interface SftpFileState {
  readonly path: Buffer;
  readonly handle: Buffer;
  /** Opened to append. */
  readonly append: boolean;
  readonly limits: SftpLimits;
  /** Called once, when the file is closed. */
  readonly closed: () => void;
}

/** A file that is open on an SFTP server. */
export class SftpFile implements OpenFile {
  readonly givesAway = true;
  readonly #calls: FileCalls;
  readonly #state: SftpFileState;
  #closing: Promise<void> | undefined;

  constructor(calls: FileCalls, state: SftpFileState) {
    this.#calls = calls;
    this.#state = state;
  }

  /** What the server calls it. Throws `EBADF` once it has been closed. */
  handle(syscall: string): Buffer {
    if (this.#closing !== undefined) throw this.#calls.error('EBADF', this.#act(syscall));
    return this.#state.handle;
  }

  async read(position: number, length: number): Promise<readonly Buffer[]> {
    if (length === 0) return [];
    const answer = await this.#read(position, Math.min(length, this.#state.limits.readLength));
    if (answer.kind === 'data') return [answer.bytes];
    if (answer.status === Status.EOF) return [];
    throw await this.#calls.fault(this.#act('read'), answer);
  }

  async write(position: number, pieces: readonly Buffer[]): Promise<void> {
    const length = lengthOf(pieces);
    if (length === 0) return;
    if (length <= this.#state.limits.writeLength) {
      const answer = await this.#write(position, pieces);
      if (answer.status !== Status.OK) throw await this.#calls.fault(this.#act('write'), answer);
      return;
    }
    let given = false;
    await this.push({
      start: position,
      next: async () => {
        if (given) return undefined;
        given = true;
        return pieces;
      },
    });
  }

  async pull(o: PullOptions): Promise<number> {
    const { host } = this.#calls.session.peer;
    return await pull(
      {
        host,
        readLength: this.#state.limits.readLength,
        read: (position, length) => this.#read(position, length),
        fault: (status) => this.#calls.fault(this.#act('read'), status),
      },
      o,
    );
  }

  async push(o: PushOptions): Promise<number> {
    const { session } = this.#calls;
    return await push(
      {
        host: session.peer.host,
        writeLength: this.#state.limits.writeLength,
        oneByOne: this.#state.append,
        write: (position, pieces) => this.#write(position, pieces),
        ready: () => (session.congested ? session.drained() : undefined),
        onEnd: (listener) => session.onEnd(listener),
        fault: (status) => this.#calls.fault(this.#act('write'), status),
      },
      o,
    );
  }

  async stat(): Promise<Stats> {
    const act = this.#act('fstat');
    const { stats } = await this.#calls.get(act, Request.FSTAT, [this.handle('fstat')], 'stats');
    return stats;
  }

  truncate(length: number): Promise<void> {
    return this.#change('ftruncate', { size: length });
  }

  chmod(mode: number): Promise<void> {
    return this.#change('fchmod', { mode });
  }

  chown(uid: number, gid: number): Promise<void> {
    return this.#change('fchown', { owner: { uid, gid } });
  }

  utimes(times: FileTimes): Promise<void> {
    return this.#change('futime', { times });
  }

  async sync(): Promise<void> {
    await this.#calls.extended(this.#act('fsync'), Extension.FSYNC, [this.handle('fsync')]);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#state.closed();
    await this.#calls.done(this.#act('close'), Request.CLOSE, [this.#state.handle]);
  }

  async #change(syscall: string, changes: Changes): Promise<void> {
    const act = { ...this.#act(syscall), writes: true, bytes: changes.size ?? 0 };
    const fields = [this.handle(syscall), ...this.#calls.changeFields(act, changes)];
    await this.#calls.done(act, Request.FSETSTAT, fields);
  }

  async #read(position: number, length: number): Promise<AnswerOf<'data'> | StatusAnswer> {
    const { session } = this.#calls;
    const fields = [this.handle('read'), BigInt(position), length];
    const answer = await session.ask(Request.READ, fields, 'data');
    if (answer.kind !== 'data') return answer;
    if (answer.bytes.length > length)
      throw session.breach(`it gave ${answer.bytes.length} bytes where ${length} were asked for`);
    if (answer.bytes.length === 0) throw session.breach('it gave no bytes, and did not say that the file ended');
    return answer;
  }

  #write(position: number, pieces: readonly Buffer[]): Promise<StatusAnswer> {
    return this.#calls.session.ask(Request.WRITE, [this.handle('write'), BigInt(position)], 'status', pieces);
  }

  #act(syscall: string): FileAct {
    return { syscall, path: this.#state.path };
  }
}
