import type { FileDriver, FileTimes, OpenFile, PullOptions, PushOptions } from '../file-driver.js';
import type { Stats } from '../stats.js';
import { fileError, type ShellAct, unableError } from './shell-error.js';
import { word } from './shell-line.js';
import type { ShellRunner } from './shell-runner.js';

/** How much is taken from who writes at a time, in bytes. */
const PIECE = 64 * 1024;

/** The largest block that dd(1) is asked to put in place, in bytes. */
const BLOCK = 64 * 1024;

/** The calls on paths that stand in for those on an open file. */
type PathCalls = Pick<FileDriver, 'stat' | 'truncate' | 'chmod' | 'chown' | 'utimes'>;

/** What a {@link ShellFile} is. */
export interface ShellFileState {
  readonly path: Buffer;
  readonly mayRead: boolean;
  readonly mayWrite: boolean;
  readonly append: boolean;
}

/**
 * A file that is "open" through a shell: nothing is open on the machine between two calls, each of which is a command on
 * the path.
 */
export class ShellFile implements OpenFile {
  readonly #runner: ShellRunner;
  readonly #paths: PathCalls;
  readonly #state: ShellFileState;
  #closed = false;

  constructor(runner: ShellRunner, paths: PathCalls, state: ShellFileState) {
    this.#runner = runner;
    this.#paths = paths;
    this.#state = state;
  }

  async read(position: number, length: number): Promise<readonly Buffer[]> {
    if (length === 0) return [];
    const bytes = await this.#runner.ask(this.#act('read'), this.#reading(position, position + length));
    return bytes.length === 0 ? [] : [bytes];
  }

  async write(position: number, pieces: readonly Buffer[]): Promise<void> {
    let left: readonly Buffer[] | undefined = pieces;
    await this.push({
      start: position,
      next: async () => {
        const now = left;
        left = undefined;
        return now;
      },
    });
  }

  async pull(o: PullOptions): Promise<number> {
    let position = o.start;
    if (o.end !== undefined && o.end <= position) return position;
    for await (const piece of this.#runner.read(this.#act('read'), this.#reading(position, o.end), o.signal)) {
      const from = position;
      position += piece.length;
      await o.take(from, [piece]);
    }
    return position;
  }

  async push(o: PushOptions): Promise<number> {
    let position = o.start;
    const next = async (): Promise<readonly Buffer[] | undefined> => {
      const pieces = await o.next(PIECE);
      for (const piece of pieces ?? []) position += piece.length;
      return pieces;
    };
    await this.#runner.feed(this.#act('write'), this.#writing(o.start), next, o);
    return position;
  }

  stat(): Promise<Stats> {
    this.#act('fstat');
    return this.#paths.stat(this.#state.path);
  }

  truncate(length: number): Promise<void> {
    return this.#paths.truncate(this.#act('ftruncate').path, length);
  }

  chmod(mode: number): Promise<void> {
    return this.#paths.chmod(this.#act('fchmod').path, mode);
  }

  chown(uid: number, gid: number): Promise<void> {
    return this.#paths.chown(this.#act('fchown').path, uid, gid);
  }

  utimes(times: FileTimes): Promise<void> {
    return this.#paths.utimes(this.#act('futime').path, times);
  }

  async sync(): Promise<void> {
    throw unableError(this.#runner, this.#act('fsync'), 'flush a file');
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #act(syscall: string): ShellAct & { readonly path: Buffer } {
    const act = { syscall, path: this.#state.path };
    const refused =
      this.#closed || (syscall === 'read' && !this.#state.mayRead) || (syscall === 'write' && !this.#state.mayWrite);
    if (refused) throw fileError(this.#runner, act, 'EBADF');
    return act;
  }

  #reading(from: number, to: number | undefined): string {
    const path = word(this.#state.path);
    const all = from === 0 ? `cat <${path}` : `tail -c +${from + 1} <${path}`;
    return to === undefined || to === Number.POSITIVE_INFINITY ? all : `${all} | head -c ${to - from}`;
  }

  /** In place, nothing cut off: dd(1) counts in blocks of the output, so that the largest that ends at the start is used. */
  #writing(from: number): string {
    const path = word(this.#state.path);
    if (this.#state.append) return `cat >>${path}`;
    if (from === 0) return `cat 1<>${path}`;
    let block = BLOCK;
    while (from % block !== 0) block /= 2;
    return `dd ibs=${BLOCK} obs=${block} seek=${from / block} conv=notrunc of=${path} 2>/dev/null`;
  }
}
