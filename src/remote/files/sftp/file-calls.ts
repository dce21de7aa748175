import { FileError } from '../../../core/file-error.js';
import { nameFromBytes } from '../names.js';
import type { AnswerKind, AnswerOf, StatusAnswer } from './answers.js';
import type { FileAct } from './file-act.js';
import type { Field } from './packet-writer.js';
import { Request, Status } from './protocol.js';
import type { SftpSession } from './sftp-session.js';

const CODES: Readonly<Record<number, string>> = {
  [Status.EOF]: 'EIO',
  [Status.NO_SUCH_FILE]: 'ENOENT',
  [Status.PERMISSION_DENIED]: 'EACCES',
  [Status.BAD_MESSAGE]: 'EINVAL',
  [Status.OP_UNSUPPORTED]: 'ENOSYS',
};

/** Calls on files over a session: requests whose failures are `FileError`s. */
export class FileCalls {
  readonly session: SftpSession;
  readonly #extensions: ReadonlyMap<string, string>;

  constructor(session: SftpSession, extensions: ReadonlyMap<string, string>) {
    this.session = session;
    this.#extensions = extensions;
  }

  has(extension: string): boolean {
    return this.#extensions.has(extension);
  }

  /** A request that gives nothing but that it went well. */
  async done(act: FileAct, type: number, fields: readonly Field[]): Promise<void> {
    const answer = await this.session.ask(type, fields, 'status');
    if (answer.status !== Status.OK) throw await this.fault(act, answer);
  }

  /** A request that gives something. */
  async get<K extends Exclude<AnswerKind, 'status'>>(
    act: FileAct,
    type: number,
    fields: readonly Field[],
    kind: K,
  ): Promise<AnswerOf<K>> {
    const answer: AnswerOf<K> | StatusAnswer = await this.session.ask(type, fields, kind);
    if (isStatus(answer)) throw await this.fault(act, answer);
    return answer;
  }

  /** An extended request that gives nothing but that it went well. Throws `ENOSYS` where the server has it not. */
  async extended(act: FileAct, extension: string, fields: readonly Field[]): Promise<void> {
    this.need(act, extension);
    await this.done(act, Request.EXTENDED, [Buffer.from(extension), ...fields]);
  }

  /** Throws `ENOSYS` where the server has not the extension. */
  need(act: FileAct, extension: string): void {
    if (!this.has(extension)) throw this.error('ENOSYS', act, `its SFTP server has no ${extension}`);
  }

  /** What a failed status means. */
  async fault(act: FileAct, { status, message }: StatusAnswer): Promise<FileError> {
    return this.error(CODES[status] ?? 'EIO', act, message === '' ? undefined : message);
  }

  error(code: string, { syscall, path, dest }: FileAct, detail?: string): FileError {
    return new FileError(code, {
      ...this.session.peer,
      syscall,
      path: path && nameFromBytes(path),
      dest: dest && nameFromBytes(dest),
      detail,
    });
  }
}

function isStatus(answer: { readonly kind: AnswerKind }): answer is StatusAnswer {
  return answer.kind === 'status';
}
