import { type Abortable, abortReason, onAbort, raceAbort } from '../../core/abort.js';
import { CallScope, pause } from '../../core/deadline.js';
import { ClosedError } from '../../core/errors.js';
import { TypedEvents } from '../../core/events.js';
import { HawserError } from '../../core/hawser-error.js';
import { inTime } from '../../core/in-time.js';
import { expandPath } from '../files/expand-path.js';
import type { FileAccess } from '../files/file-access.js';
import { FileFollower, type Step } from './file-follower.js';
import { type HeldFiles, takeFiles } from './held-files.js';
import { LineBuffer } from './line-buffer.js';
import type { TailNotice } from './tail-notice.js';
import { checkOffset, type TailPlan } from './tail-options.js';
import { Transcript } from './transcript.js';

/** Events of a {@link Tailer}. */
export type TailerEvents = {
  /** Something happened to the file or to the link, which the tail has coped with or is coping with. */
  notice: [notice: TailNotice];
};

/** How long `close` looks for what has come since the last read, in milliseconds. */
const LAST_LOOK = 2000;

/**
 * Follows a file: what is added to it comes as text or as lines, through truncation, rotation and a lost link, with
 * nothing lost or doubled. The file is looked at when somebody reads and at no other time.
 *
 * Reading throws `FileError`, `ClosedError` once the tail is closed, `AbortError`, and, when the link cannot be made
 * again, the error of the last attempt; then the next read tries anew.
 *
 * @example
 * await using tail = await conn.tail('/var/log/syslog', { lines: 10 });
 * for await (const line of tail) console.log(line);
 */
export class Tailer extends TypedEvents<TailerEvents> implements AsyncIterable<string>, AsyncDisposable {
  /** As it was given. */
  readonly path: string;
  readonly #access: FileAccess;
  readonly #plan: TailPlan;
  readonly #scope: CallScope;
  #stopListening: () => void = () => {};
  readonly #buffer: LineBuffer;
  readonly #contents: Transcript;
  #follower: FileFollower | undefined;
  #held: HeldFiles | undefined;
  #stepping: Promise<boolean> | undefined;
  #closing: Promise<void> | undefined;
  #position = 0;
  readonly #ended: ClosedError;

  private constructor(access: FileAccess, path: string, plan: TailPlan, signal: AbortSignal | undefined) {
    super();
    this.path = path;
    this.#access = access;
    this.#plan = plan;
    this.#buffer = new LineBuffer(plan.encoding);
    this.#contents = new Transcript(plan.maxContents, plan.encoding);
    this.#ended = new ClosedError(`The tail of ${path} on ${access.key} was closed.`, { host: access.key });
    this.#scope = new CallScope(signal);
    this.#stopListening = onAbort(signal, () => void this.close());
  }

  /** Opens a file; see `openTail`. */
  static async open(
    access: FileAccess,
    path: string,
    plan: TailPlan,
    signal: AbortSignal | undefined,
  ): Promise<Tailer> {
    const tailer = new Tailer(access, path, plan, signal);
    try {
      await raceAbort(tailer.#attach(), signal, { doing: `opening ${path}`, host: access.key });
      return tailer;
    } catch (error) {
      await tailer.#end();
      throw error;
    }
  }

  get host(): string {
    return this.#access.host;
  }

  get key(): string {
    return this.#access.key;
  }

  /** The offset behind the last byte that was read, in the file that is read now. */
  get position(): number {
    return this.#follower?.position ?? this.#position;
  }

  /**
   * All text since the opening, also after the close; with `maxContents`, the last of it. It is held as bytes, and made a
   * string anew each time that it is asked for. Throws `OptionError` where it is more than a string can hold (512 Mi).
   */
  get contents(): string {
    return this.#contents.toString();
  }

  /** Whether `contents` has lost its beginning to `maxContents`. */
  get contentsTruncated(): boolean {
    return this.#contents.truncated;
  }

  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /**
   * The text that came since the last read, a line that has no end yet included; `''` for none. With `from`, the text
   * between that offset in the file as it is now and its end, be it read already or not.
   *
   * Ended by its signal, it loses nothing: the next read has it.
   */
  async read(from?: number, o: Abortable = {}): Promise<string> {
    if (from !== undefined) checkOffset(from);
    while (await this.#step(o.signal)) this.#refuseIfOver();
    const text = this.#buffer.takeText();
    if (from === undefined) return text;
    const bytes = await raceAbort(this.#follower?.readAgain(from) ?? Promise.resolve(Buffer.alloc(0)), o.signal, {
      doing: this.#doing,
      host: this.key,
    });
    return bytes.toString(this.#plan.encoding);
  }

  /**
   * Waits until a whole line is there for {@link takeLine}, looking at the file every `pollInterval`. `false` once the
   * tail is closed.
   */
  async ready(o: Abortable = {}): Promise<boolean> {
    try {
      while (!this.closed) {
        if (this.#buffer.hasLine) return true;
        if (await this.#step(o.signal)) continue;
        if (!this.#buffer.hasLine) await this.#pause(this.#plan.pollInterval, o.signal);
      }
    } catch (error) {
      if (!this.#wasClosed) throw error;
    }
    if (!this.#wasClosed) this.#refuseIfOver();
    return false;
  }

  /** Whether a whole line is there by now: it looks at the file, and waits for nothing that is not in it yet. */
  async hasLine(o: Abortable = {}): Promise<boolean> {
    while (!this.#buffer.hasLine) {
      if (!(await this.#step(o.signal))) return this.#buffer.hasLine;
    }
    return true;
  }

  /** The next whole line without its end, if there is one already. */
  takeLine(): string | undefined {
    return this.#buffer.takeLine();
  }

  /**
   * The lines as they come, without their ends, until the tail is closed. A last line is held back until its end has
   * come, or the file that it stands in is left. Nothing is read ahead of the loop; leaving it closes nothing. What it
   * gave stays in {@link contents}: a loop that goes on for long takes `maxContents: 0`, and no memory to speak of.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<string, void, undefined> {
    while (await this.ready()) {
      const line = this.takeLine();
      if (line !== undefined) yield line;
    }
  }

  /**
   * Ends the tail, and its loops without an error. It takes a last look, for {@link contents} to be all that there was,
   * where the link is there to take it. Idempotent.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #doing(): string {
    return `following ${this.path} on ${this.key}`;
  }

  /** Whether `close` was called, and not the caller's signal: then its loops are just over. */
  get #wasClosed(): boolean {
    const { aborted, reason } = this.#scope.signal;
    return this.closed && (!aborted || reason === this.#ended);
  }

  async #close(): Promise<void> {
    if (!this.#scope.signal.aborted && this.#plan.maxContents > 0 && this.#held?.files.usable === true) {
      await inTime(this.#lastLook(), LAST_LOOK);
    }
    await this.#end();
  }

  async #lastLook(): Promise<void> {
    try {
      const most = this.position + this.#plan.maxContents;
      while (!this.#scope.signal.aborted && this.position < most) if (!(await this.#step())) break;
    } catch {
      // The reader has seen it, or it has no reader any more.
    }
  }

  async #end(): Promise<void> {
    this.#closing ??= Promise.resolve();
    this.#stopListening();
    this.#scope.abort(this.#ended);
    this.#scope[Symbol.dispose]();
    this.#position = this.position;
    // What is under way would open what nobody closes.
    await inTime(this.#stepping?.catch(() => {}) ?? Promise.resolve(), LAST_LOOK);
    await this.#detach();
  }

  /** One step along the file, whoever asks: those who ask meanwhile wait for the same one. */
  #step(signal?: AbortSignal): Promise<boolean> {
    this.#stepping ??= this.#advance().finally(() => {
      this.#stepping = undefined;
    });
    return raceAbort(this.#stepping, signal, { doing: this.#doing, host: this.key });
  }

  async #advance(): Promise<boolean> {
    this.#refuseIfOver();
    try {
      if (this.#held === undefined) await this.#attach();
      const step = await this.#follower?.step();
      this.#plan.backoff.reset();
      if (step !== undefined) this.#take(step);
      return step?.more ?? false;
    } catch (error) {
      this.#refuseIfOver();
      await this.#reconnectAfter(error);
      return true;
    }
  }

  /** Takes hold of the files: for the first time, or again over a new link. */
  async #attach(): Promise<void> {
    const { signal } = this.#scope;
    const outlives = this.#plan.reconnects ? (): boolean => !this.closed : undefined;
    await this.#attachTo(await takeFiles(this.#access, { signal, outlives }));
  }

  async #attachTo(held: HeldFiles): Promise<void> {
    if (this.#scope.signal.aborted) {
      await held.close();
      throw abortReason(this.#scope.signal, this.#doing, this.key);
    }
    this.#held = held;
    const { files } = held;
    const place = { files, path: await expandPath(files, this.path), host: this.key };
    if (this.#follower === undefined) {
      const follower = new FileFollower(place);
      await follower.open(this.#plan.start, this.#plan.wait);
      this.#follower = follower;
      // Nobody is left to let go of what was opened after the end.
      if (this.#scope.signal.aborted) await follower.detach();
      return;
    }
    const notices = await this.#follower.resume(place);
    this.#take({ notices: [{ type: 'reconnected' }, ...notices], more: true });
  }

  async #detach(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    if (held?.files.usable === true) await inTime(this.#follower?.detach() ?? Promise.resolve(), LAST_LOOK);
    else void this.#follower?.detach();
    await held?.close();
  }

  /**
   * Goes on over the link that the connection makes by itself. `false` where it makes none, or the old one stands. Throws
   * why there is none.
   */
  async #goOnAfter(error: HawserError): Promise<boolean> {
    const held = this.#held;
    if (held?.next === undefined || !(await held.isLost()) || this.#plan.backoff.next() === undefined) return false;
    this.#held = undefined;
    void this.#follower?.detach();
    this.emit('notice', { type: 'disconnected', error, attempt: this.#plan.backoff.attempt, delayMs: 0 });
    await this.#attachTo(await held.next(error));
    return true;
  }

  /** Waits before the next attempt. Throws the error where it is none of the link's, or there have been enough. */
  async #reconnectAfter(error: unknown): Promise<void> {
    const mayPass = error instanceof HawserError && error.retryable;
    if (mayPass && (await this.#goOnAfter(error))) return;
    await this.#detach();
    const { backoff } = this.#plan;
    if (!mayPass) throw error;
    const delayMs = backoff.next();
    if (delayMs === undefined || this.closed) {
      backoff.reset();
      throw error;
    }
    this.emit('notice', { type: 'disconnected', error, attempt: backoff.attempt, delayMs });
    await this.#pause(delayMs);
  }

  #take({ notices, bytes }: Step): void {
    for (const notice of notices) {
      if (notice.type === 'rotated' || notice.type === 'truncated' || notice.type === 'gap')
        this.#contents.add(this.#buffer.endLine());
      this.emit('notice', notice);
    }
    if (bytes !== undefined && bytes.length > 0) this.#contents.add(this.#buffer.push(bytes));
  }

  async #pause(ms: number, signal?: AbortSignal): Promise<void> {
    if (this.#scope.signal.aborted) return;
    using both = new CallScope(signal);
    const stop = onAbort(this.#scope.signal, () => both.abort(abortReason(this.#scope.signal, this.#doing, this.key)));
    await pause(ms, both.signal);
    stop();
    if (signal?.aborted) throw abortReason(signal, this.#doing, this.key);
  }

  #refuseIfOver(): void {
    if (this.#scope.signal.aborted) throw abortReason(this.#scope.signal, this.#doing, this.key);
  }
}
