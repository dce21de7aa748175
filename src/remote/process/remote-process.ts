import { Readable, Writable } from 'node:stream';
import type { CommandResult } from '../../core/command-result.js';
import { CallScope } from '../../core/deadline.js';
import { AbortError, type AnyCommandResult, ClosedError, DisconnectedError } from '../../core/errors.js';
import { type Command, commandText } from '../../core/quote.js';
import type { Site } from '../site.js';
import { Collector } from './collector.js';
import { endCommand } from './end-command.js';
import { signalCommand } from './kill-script.js';
import { lines } from './lines.js';
import { checkMaxBuffer, checkSignal, checkSize, planRun, type RunPlan, type SpawnOptions } from './options.js';
import { cutShort, type Ending, endedResult, endOrAbort, isCut, shortened, timedOut } from './outcome.js';
import { RunningCommand } from './running-command.js';

/** Runs work where the process is to live, once there is a connection; the connection counts it as busy meanwhile. */
export type OnSite = (work: (site: Site) => Promise<void>) => Promise<void>;

/**
 * A command that runs, with its streams. What nobody reads stops the far writer, as with `node:child_process`.
 *
 * Made by `connection.spawn`. The command starts at once; writing and reading may begin before it has.
 */
export class RemoteProcess implements AsyncDisposable {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly command: string;
  readonly #plan: RunPlan;
  readonly #scope: CallScope;
  readonly #ending: Ending;
  readonly #settled: Promise<AnyCommandResult>;
  readonly #relays: { readonly stdout: Relay; readonly stderr: Relay };
  readonly #inlet: Inlet;
  readonly #name: { readonly key: string; readonly host: string };
  #running: RunningCommand | undefined;
  #site: Site | undefined;

  constructor(
    onSite: OnSite,
    name: { readonly key: string; readonly host: string },
    command: Command,
    o: SpawnOptions,
  ) {
    this.command = commandText(command);
    this.#name = name;
    this.#plan = planRun(o);
    const limit = checkMaxBuffer(o.maxBuffer);
    this.#ending = {
      command: this.command,
      stdout: new Collector(limit),
      stderr: new Collector(limit),
      encoding: o.encoding ?? 'utf8',
      begun: performance.now(),
    };
    this.#scope = new CallScope(this.#plan.signal, this.#plan.timeout, () =>
      timedOut(name, this.command, this.#plan.timeout ?? 0),
    );
    this.#relays = { stdout: new Relay(), stderr: new Relay() };
    this.#inlet = new Inlet();
    this.stdin = this.#inlet;
    this.stdout = this.#relays.stdout;
    this.stderr = this.#relays.stderr;
    this.#settled = this.#run(onSite);
    // Whoever calls wait() hears of a failure; a process that nobody waits for is no crash.
    this.#settled.catch(() => {});
  }

  /** The process id on the far machine, once it is known. */
  get pid(): number | undefined {
    return this.#running?.pid;
  }

  /** Sends a signal to the process and its children. Settles when it has been sent. */
  async kill(signal = 'TERM'): Promise<void> {
    const name = checkSignal(signal);
    const running = await this.#begun();
    const site = this.#site;
    if (running === undefined || site === undefined) return;
    await running.started;
    const { pid } = running;
    if (pid === undefined) {
      running.channel.signal(name);
      return;
    }
    const aside: RunPlan = { ...this.#plan, cwd: undefined, env: undefined, pty: undefined };
    const o = { signal: this.#scope.signal, mayBeEnded: false };
    const sender = await RunningCommand.start(site, signalCommand(pid, name), aside, o);
    sender.listen(ignore, ignore);
    await sender.started;
    sender.channel.stdin.end();
    await sender.ended();
  }

  /** Tells a terminal's new size. */
  resize(size: { readonly columns: number; readonly rows: number }): void {
    checkSize(size);
    this.#running?.channel.resize(size);
  }

  /**
   * Waits for the end. A stream that nobody has begun to read is collected into the result, up to `maxBuffer`; one that
   * is read by the caller is his, and empty there. Throws as `execute` does where the command was cut short.
   */
  async wait(): Promise<CommandResult> {
    for (const name of ['stdout', 'stderr'] as const) {
      const stream = this.#relays[name];
      if (!stream.claimed) stream.on('data', (chunk: Buffer) => this.#ending[name].add(chunk));
    }
    const result = await this.#settled;
    await Promise.all([this.#relays.stdout.delivered, this.#relays.stderr.delivered]);
    return this.#withOutput(result);
  }

  /** The lines of stdout, as they come. Leaving the loop early ends the process. */
  async *[Symbol.asyncIterator](): AsyncGenerator<string, void> {
    let finished = false;
    try {
      yield* lines(this.stdout);
      finished = true;
      await this.#settled;
    } finally {
      if (!finished) await this[Symbol.asyncDispose]();
    }
  }

  /** Ends the process, with its children, if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#scope.abort(
      new AbortError(`${shortened(this.command)} on ${this.#name.key} was ended by its owner.`, this.#name),
    );
    this.stdout.resume();
    this.stderr.resume();
    await this.#settled.catch(() => {});
  }

  async #run(onSite: OnSite): Promise<AnyCommandResult> {
    let result: AnyCommandResult | undefined;
    try {
      await onSite(async (site) => {
        this.#site = site;
        result = await this.#runOn(site);
      });
    } finally {
      this.#scope[Symbol.dispose]();
      this.#relays.stdout.finish();
      this.#relays.stderr.finish();
      this.#inlet.finish();
    }
    if (result === undefined) throw new ClosedError(`${shortened(this.command)} was never started.`, this.#name);
    return result;
  }

  async #runOn(site: Site): Promise<AnyCommandResult> {
    let running: RunningCommand | undefined;
    try {
      const { signal } = this.#scope;
      running = await RunningCommand.start(site, this.command, this.#plan, { signal, mayBeEnded: true });
      this.#running = running;
      this.#connect(running);
      return endedResult(site, this.#ending, await endOrAbort(running.ended(), signal));
    } catch (error) {
      if (!isCut(error)) throw error;
      const killed =
        running === undefined || error instanceof DisconnectedError
          ? undefined
          : await endCommand(site, running, this.#plan);
      throw cutShort(site, this.#ending, error, killed);
    }
  }

  #connect(running: RunningCommand): void {
    const { stdout, stderr, stdin } = running.channel;
    this.#relays.stdout.follow(stdout, (chunk) => running.own(chunk, 'stdout'));
    this.#relays.stderr.follow(stderr, (chunk) => running.own(chunk, 'stderr'));
    if (running.readsAtOnce) this.#inlet.lead(stdin);
    else void running.started.then(() => this.#inlet.lead(stdin));
  }

  /** The command once it has been started; `undefined` if it never will be. */
  async #begun(): Promise<RunningCommand | undefined> {
    if (this.#running !== undefined) return this.#running;
    await Promise.race([this.#relays.stdout.followed, this.#settled.catch(() => {})]);
    return this.#running;
  }

  /** The result again, with what has been collected by now. */
  #withOutput(result: AnyCommandResult): CommandResult {
    const { stdout, stderr, encoding } = this.#ending;
    const text = encoding === 'buffer' ? 'utf8' : encoding;
    return {
      ...result,
      stdout: stdout.text(text),
      stderr: stderr.text(text),
      truncated: { stdout: stdout.truncated, stderr: stderr.truncated },
    };
  }
}

function ignore(): void {
  // The output of a command of our own that says nothing we need.
}

/** A readable stream that exists before its source does, and passes backpressure on to it. */
class Relay extends Readable {
  readonly delivered: Promise<void>;
  readonly followed: Promise<void>;
  #source: Readable | undefined;
  #onFollowed: () => void = () => {};
  #claimed = false;

  constructor() {
    super({ highWaterMark: 64 * 1024 });
    this.followed = new Promise((resolve) => {
      this.#onFollowed = resolve;
    });
    this.delivered = new Promise((resolve) => {
      this.once('close', resolve);
    });
  }

  /** Whether somebody reads it, or has begun to. */
  get claimed(): boolean {
    return this.#claimed || this.listenerCount('data') > 0 || this.listenerCount('readable') > 0;
  }

  override _read(): void {
    this.#source?.resume();
  }

  override [Symbol.asyncIterator](): NodeJS.AsyncIterator<Buffer> {
    this.#claimed = true;
    return super[Symbol.asyncIterator]() as NodeJS.AsyncIterator<Buffer>;
  }

  follow(source: Readable, own: (chunk: Buffer) => Buffer): void {
    this.#source = source;
    source.on('data', (chunk: Buffer) => {
      const clean = own(chunk);
      // Its reader may be gone: then it is drained, so that the channel comes to its end.
      if (clean.length > 0 && !this.destroyed && !this.push(clean)) source.pause();
    });
    source.once('end', () => this.finish());
    this.once('close', () => source.resume());
    this.#onFollowed();
  }

  finish(): void {
    this.#source = undefined;
    if (!this.readableEnded && !this.destroyed) this.push(null);
    this.#onFollowed();
  }
}

/** A writable stream that exists before its destination does, and passes backpressure back. */
class Inlet extends Writable {
  #target: Writable | undefined;
  #waiting: (() => void) | undefined;
  #finished = false;

  lead(target: Writable): void {
    this.#target = target;
    target.on('error', () => this.finish());
    this.#waiting?.();
    this.#waiting = undefined;
  }

  /** The process is over: what is still written goes nowhere, as into a pipe whose reader has gone. */
  finish(): void {
    this.#finished = true;
    this.#waiting?.();
    this.#waiting = undefined;
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#whenReady(() => {
      if (this.#finished || this.#target === undefined) {
        done();
        return;
      }
      let called = false;
      const once = (): void => {
        if (called) return;
        called = true;
        this.#waiting = undefined;
        done();
      };
      // A channel that closes forgets its writers: they are let go when the process is over.
      this.#waiting = once;
      this.#target.write(chunk, once);
    });
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#whenReady(() => {
      if (!this.#finished) this.#target?.end();
      done();
    });
  }

  #whenReady(then: () => void): void {
    if (this.#target !== undefined || this.#finished) then();
    else this.#waiting = then;
  }
}
