import { FileError } from '../../../core/file-error.js';
import { nameFromBytes } from '../names.js';
import type { AnswerKind, AnswerOf, StatusAnswer } from './answers.js';
import { attributeFields, type Changes } from './attributes.js';
import { diagnose } from './diagnosis.js';
import type { FileAct } from './file-act.js';
import { FileLook } from './file-look.js';
import type { Field } from './packet-writer.js';
import { Request, Status } from './protocol.js';
import type { SftpSession } from './sftp-session.js';

/** Calls on files over a session: requests whose failures are `FileError`s. */
export class FileCalls {
  readonly session: SftpSession;
  readonly #extensions: ReadonlyMap<string, string>;
  readonly #look: FileLook;

  constructor(session: SftpSession, extensions: ReadonlyMap<string, string>) {
    this.session = session;
    this.#extensions = extensions;
    this.#look = new FileLook(session, extensions);
  }

  has(extension: string): boolean {
    return this.#extensions.has(extension);
  }

  /** A request that gives nothing but that it went well. */
  async done(act: FileAct, type: number, fields: readonly Field[]): Promise<void> {
    this.#check(act);
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
    this.#check(act);
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

  /** The fields of ATTRS that say `changes`. Throws `EINVAL` for numbers that have no place there. */
  changeFields(act: FileAct, changes: Changes): Field[] {
    const { size = 0, owner = { uid: 0, gid: 0 }, times = { atimeMs: 0, mtimeMs: 0 } } = changes;
    if (!Number.isSafeInteger(size) || size < 0) throw this.error('EINVAL', act, `${size} is no size`);
    // An owner of -1 is left as it is, as in chown(2).
    const seconds = [Math.floor(times.atimeMs / 1000), Math.floor(times.mtimeMs / 1000)];
    const wrong = [owner.uid + 1, owner.gid + 1, ...seconds].find(
      (n) => !Number.isInteger(n) || n < 0 || n > 0xffff_ffff,
    );
    if (wrong !== undefined)
      throw this.error('EINVAL', act, 'an owner or a time does not fit into the 32 bits of SFTP');
    return attributeFields(changes);
  }

  /** What a failed status means. Looks at the files where it tells too little. */
  async fault(act: FileAct, { status, message }: StatusAnswer): Promise<FileError> {
    const code = await diagnose(this.#look, act, status);
    const telling = code === 'EIO' || code === 'ENOSYS' ? message || undefined : undefined;
    return this.error(code, act, telling);
  }

  /** A file cannot be called so; OpenSSH's server would end the session. */
  #check(act: FileAct): void {
    const wrong = act.path?.includes(0) || act.dest?.includes(0);
    if (wrong) throw this.error('EINVAL', act, 'a path cannot hold a zero byte');
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
