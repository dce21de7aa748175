import { onAbort } from '../../core/abort.js';
import { ChannelError } from '../../core/errors.js';
import type { HawserError } from '../../core/hawser-error.js';
import { visible } from '../../core/visible.js';
import type { Chunks, ExecChannel, ExitStatus, FarProcess } from '../../transport/contract.js';
import type { Site } from '../site.js';
import { parseProcess } from './far-process.js';
import type { RunPlan } from './options.js';
import { cutBy } from './outcome.js';
import { unlessLate } from './unless-late.js';
import { MarkerFilter, markOf, type WrappedCommand, type WrapperWord, wrapCommand } from './wrapper.js';

/** The last words of sudo that are kept for a message. */
const KEPT_WORDS = 2000;

/** Takes the chunks of a stream. A promise that it returns is waited for before it is given more; neither of them fails. */
export type Sink = (chunk: Buffer) => unknown;

/**
 * One command on one channel, with its wrapper: it knows the process id once that has come, answers sudo, and gives the
 * streams without the wrapper's lines. Ending it is {@link endCommand}'s.
 */
export class RunningCommand {
  readonly channel: ExecChannel;
  readonly #site: Site;
  readonly #plan: RunPlan;
  readonly #filter: MarkerFilter | undefined;
  readonly #wrapped: WrappedCommand;
  #process: FarProcess | undefined;
  #asked = false;
  #mayHold = true;
  /** What sinks have not done with yet. */
  #held: Set<Promise<unknown>> | undefined;
  #fault: Error | undefined;
  #said = '';
  /** Whether the command itself runs, or will not. */
  #hasStarted: boolean;
  #started: Promise<void> | undefined;
  #tellStarted: (() => void) | undefined;
  #giveUp: (reason: HawserError) => void = () => {};
  #stdout: Chunks | undefined;
  #stderr: Chunks | undefined;

  private constructor(site: Site, plan: RunPlan, channel: ExecChannel, wrapped: WrappedCommand) {
    this.#site = site;
    this.#plan = plan;
    this.channel = channel;
    this.#wrapped = wrapped;
    const { nonce, asks, preamble } = wrapped;
    // What comes before a command under sudo is sudo's: it belongs in an error, not in the output.
    const before = plan.sudo === undefined ? undefined : (chunk: Buffer): void => this.#remember(chunk);
    this.#filter = nonce === undefined ? undefined : new MarkerFilter(nonce, (word) => this.#hear(word), before);
    this.#hasStarted = nonce === undefined;
    if (!asks && preamble !== '') channel.stdin.write(preamble);
  }

  /**
   * Opens the channel and starts the command. `mayBeEnded`: it is to be found again when its time is up.
   *
   * The signal ends the wait for a channel. A channel that had been asked for by then is given all the same: the command
   * runs, and has to be ended.
   */
  static async start(
    site: Site,
    command: string,
    plan: RunPlan,
    o: { readonly signal: AbortSignal; readonly mayBeEnded: boolean },
  ): Promise<RunningCommand> {
    const wrapped = wrapCommand(command, plan, o.mayBeEnded);
    const opening = site.transport.exec(wrapped.line, { signal: o.signal, pty: plan.pty });
    const channel = await unlessLate(opening, o.signal, site.key);
    return new RunningCommand(site, plan, channel, wrapped);
  }

  /** Settles when the command itself runs, or will not: from then on stdin is the command's. */
  get started(): Promise<void> {
    this.#started ??= new Promise((resolve) => {
      const tell = (): void => resolve();
      if (this.#hasStarted) tell();
      this.#tellStarted = tell;
      this.channel.exited.then(tell, tell);
    });
    return this.#started;
  }

  /** The process id on the far machine, once it is known. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** How it is found again, once its process id is known. */
  get process(): FarProcess | undefined {
    return this.#process;
  }

  /** Whether sudo waits for its password: the command does not run yet, and will not if stdin ends now. */
  get waitsForPassword(): boolean {
    return this.#asked && this.#process === undefined;
  }

  /** Whether stdin may be written to at once: sudo and terminals want to be heard first. */
  get readsAtOnce(): boolean {
    return !this.#wrapped.asks;
  }

  /** Brings each chunk of both streams to `onStdout` and `onStderr`, without the wrapper's lines, as it comes. */
  listen(onStdout: Sink, onStderr: Sink): void {
    const { channel } = this;
    const merged = this.#plan.pty !== undefined;
    this.#stdout = channel.chunks?.('stdout') ?? channel.stdout;
    this.#stderr = channel.chunks?.('stderr') ?? channel.stderr;
    this.#deliver(this.#stdout, merged, onStdout);
    this.#deliver(this.#stderr, !merged, onStderr);
  }

  /** The part of a chunk that is the command's, for those who pump the streams themselves. */
  own(chunk: Buffer, from: 'stdout' | 'stderr'): Buffer {
    const marked = this.#plan.pty !== undefined ? 'stdout' : 'stderr';
    if (this.#filter === undefined || from !== marked) return chunk;
    return this.#filter.pass(chunk);
  }

  /** Ends stdin. */
  endInput(): void {
    const { channel } = this;
    if (channel.endInput !== undefined) channel.endInput();
    // A command that has ended already took its stdin with it.
    else if (!channel.stdin.writableEnded) channel.stdin.end();
  }

  /**
   * How it ended. Throws what kept it from running, or what cut the link; and, once the signal fires or {@link giveUp} is
   * called, the reason: to end it is the caller's then.
   */
  ended(signal?: AbortSignal): Promise<ExitStatus> {
    const end = this.#end();
    if (signal === undefined) return end;
    return new Promise((resolve, reject) => {
      this.#giveUp = reject;
      const stop = onAbort(signal, () => reject(cutBy(signal)));
      end.then(
        (status) => {
          stop();
          resolve(status);
        },
        (error: unknown) => {
          stop();
          reject(error);
        },
      );
    });
  }

  /** Has {@link ended}, which was given a signal, throw `reason`. */
  giveUp(reason: HawserError): void {
    this.#giveUp(reason);
  }

  async #end(): Promise<ExitStatus> {
    const status = await this.channel.exited;
    // The last chunk may still be looked at.
    if (this.#held !== undefined) await Promise.all(this.#held);
    if (this.#fault === undefined && this.#plan.sudo !== undefined && this.#process === undefined) {
      this.#fault = this.#sudoFault(this.#complaint());
    }
    if (this.#fault !== undefined) throw this.#fault;
    return status;
  }

  /** Reads on whatever is written from now on, whoever wanted it to wait. */
  drain(): void {
    this.#mayHold = false;
    (this.#stdout ?? this.channel.stdout).resume();
    (this.#stderr ?? this.channel.stderr).resume();
  }

  #deliver(chunks: Chunks, marked: boolean, to: Sink): void {
    const give = (chunk: Buffer): void => {
      const held = to(chunk);
      if (held instanceof Promise && this.#mayHold) this.#hold(chunks, held);
    };
    if (!marked || this.#filter === undefined) {
      chunks.on('data', give);
      return;
    }
    const filter = this.#filter;
    chunks.on('data', (chunk: Buffer) => {
      const own = filter.done ? chunk : this.own(chunk, this.#plan.pty === undefined ? 'stderr' : 'stdout');
      if (own.length > 0) give(own);
    });
    chunks.once('end', () => {
      const rest = filter.rest();
      if (rest.length > 0) give(rest);
    });
  }

  #hold(chunks: Chunks, held: Promise<unknown>): void {
    chunks.pause();
    this.#held ??= new Set();
    this.#held.add(held);
    void held.then(() => {
      this.#held?.delete(held);
      chunks.resume();
    });
  }

  #start(): void {
    this.#hasStarted = true;
    this.#tellStarted?.();
  }

  #remember(chunk: Buffer): void {
    this.#said = (this.#said + chunk.toString('utf8')).slice(-KEPT_WORDS);
  }

  #know(process: FarProcess): void {
    this.#process = process;
  }

  #hear(word: WrapperWord): void {
    if (word === 'password') {
      this.#answer();
      return;
    }
    if (word === 'more') {
      this.channel.stdin.write(this.#wrapped.preamble);
      return;
    }
    const { host, key } = this.#site;
    const { cwd = '', makeCwd } = this.#plan;
    if (word === 'cwd') {
      this.#fault = new ChannelError(
        'cwd',
        `Cannot run the command on ${key}: its directory ${visible(cwd)} ` +
          (makeCwd === undefined
            ? 'cannot be entered. Does it exist, and may this user go there?'
            : 'can be neither entered nor made. Is it a file, or may this user not go or write there?'),
        { host, key },
      );
    } else {
      const found = parseProcess(word);
      if (found !== undefined) this.#know({ ...found, mark: markOf(this.#wrapped.nonce ?? '') });
    }
    this.#start();
  }

  /** sudo asks for the password: the first time it gets it, the second time it was wrong. */
  #answer(): void {
    const { sudo } = this.#plan;
    if (this.#asked || sudo?.password === undefined) {
      this.#refuse('it did not accept the password');
      return;
    }
    this.#asked = true;
    const { password } = sudo;
    const fetch = async (): Promise<string> => (typeof password === 'function' ? password() : password);
    fetch().then(
      (text) => this.channel.stdin.write(`${text}\n`),
      (error: unknown) => this.#refuse(error instanceof Error ? error.message : String(error)),
    );
  }

  #refuse(why: string): void {
    this.#fault ??= this.#sudoFault(why);
    this.drain();
    this.channel.close();
    this.#start();
  }

  /** What sudo said of itself, or else its last words. */
  #complaint(): string {
    const words = this.#said.trim().split('\n');
    const own = words.filter((line) => line.startsWith('sudo: '));
    return own.length === 0 ? (words.at(-1) ?? '') : own.map((line) => line.slice('sudo: '.length).trim()).join('; ');
  }

  #sudoFault(why: string): ChannelError {
    const { host, key } = this.#site;
    const advice = this.#plan.sudo?.password === undefined ? ' Give `sudo: { password }` if it needs one.' : '';
    const said = visible(why.replace(/[^ -~]/g, ' ').trim());
    return new ChannelError(
      'sudo',
      `sudo on ${key} did not run the command: ${said === '' ? 'it said nothing' : said}.${advice}`,
      {
        host,
        key,
      },
    );
  }
}
