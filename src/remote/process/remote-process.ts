import type { Readable, Writable } from 'node:stream';
import type { CommandResult } from '../../core/command-result.js';
import { CallScope } from '../../core/deadline.js';
import { AbortError, type AnyCommandResult, ClosedError } from '../../core/errors.js';
import { type Command, commandText } from '../../core/quote.js';
import type { Site } from '../site.js';
import { Collector } from './collector.js';
import { endCommand } from './end-command.js';
import { Inlet } from './inlet.js';
import { signalScript } from './kill-script.js';
import { lines } from './lines.js';
import {
  checkEncoding,
  checkMaxBuffer,
  checkSignal,
  checkSize,
  planRun,
  type RunPlan,
  type SpawnOptions,
} from './options.js';
import {
  cutShort,
  type Ending,
  endedResult,
  isCut,
  publishEnd,
  publishStart,
  runsOn,
  shortened,
  timedOut,
} from './outcome.js';
import { Relay } from './relay.js';
import { runScript } from './run-script.js';
import { RunningCommand } from './running-command.js';

/** How long a script that sends a signal may take, in milliseconds. */
const SIGNAL_TIME = 5000;

/**
 * Runs work where the process is to live, once there is a connection; the connection counts it as busy meanwhile. The
 * signal ends the wait for it.
 */
export type OnSite = (work: (site: Site) => Promise<void>, signal: AbortSignal) => Promise<void>;

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
  readonly #encoding: BufferEncoding;
  readonly #scope: CallScope;
  readonly #ending: Ending;
  readonly #settled: Promise<AnyCommandResult>;
  readonly #relays: { readonly stdout: Relay; readonly stderr: Relay };
  readonly #inlet: Inlet;
  readonly #name: { readonly key: string; readonly host: string };
  #running: RunningCommand | undefined;
  #site: Site | undefined;
  #size: { readonly columns: number; readonly rows: number } | undefined;

  constructor(
    onSite: OnSite,
    name: { readonly key: string; readonly host: string },
    command: Command,
    o: SpawnOptions,
  ) {
    this.command = commandText(command);
    this.#name = name;
    this.#plan = planRun(o);
    this.#encoding = checkEncoding(o.encoding);
    const limit = checkMaxBuffer(o.maxBuffer);
    this.#ending = {
      command: this.command,
      stdout: new Collector(limit),
      stderr: new Collector(limit),
      encoding: this.#encoding,
      begun: performance.now(),
    };
    this.#scope = new CallScope(this.#plan.signal);
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
    if (running.process !== undefined) {
      const script = signalScript(running.process, name);
      if ((await runScript(site, script, this.#plan, SIGNAL_TIME)) !== undefined) return;
    }
    running.channel.signal(name);
  }

  /** Tells a terminal's new size. */
  resize(size: { readonly columns: number; readonly rows: number }): void {
    checkSize(size);
    this.#size = size;
    this.#running?.channel.resize(size);
  }

  /**
   * Waits for the end. A stream that nobody has begun to read is collected into the result, up to `maxBuffer`; one that
   * is read by the caller is his, and empty there. Throws as `execute` does where the command was cut short.
   */
  async wait(): Promise<CommandResult> {
    this.#collect('stdout');
    this.#collect('stderr');
    const result = await this.#settled;
    await Promise.all([this.#relays.stdout.delivered, this.#relays.stderr.delivered]);
    return this.#withOutput(result);
  }

  /** The lines of stdout, as they come. Leaving the loop early ends the process. A stderr that is not read is collected. */
  async *[Symbol.asyncIterator](): AsyncGenerator<string, void> {
    let finished = false;
    this.#collect('stderr');
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

  #collect(name: 'stdout' | 'stderr'): void {
    const relay = this.#relays[name];
    if (!relay.claimed) relay.on('data', (chunk: Buffer) => this.#ending[name].add(chunk));
  }

  async #run(onSite: OnSite): Promise<AnyCommandResult> {
    let result: AnyCommandResult | undefined;
    try {
      await onSite(async (site) => {
        this.#site = site;
        result = await this.#runOn(site);
      }, this.#scope.signal);
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
    const { command } = this;
    const { timeout } = this.#plan;
    const { signal } = this.#scope;
    if (timeout !== undefined) this.#scope.limit(timeout, () => timedOut(site, command, timeout));
    publishStart(site, command);
    let running: RunningCommand | undefined;
    let result: AnyCommandResult | undefined;
    try {
      running = await RunningCommand.start(site, command, this.#plan, { signal, mayBeEnded: true });
      this.#running = running;
      this.#connect(running);
      result = endedResult(site, this.#ending, await running.ended(signal));
      return result;
    } catch (error) {
      if (!isCut(error)) throw error;
      const killed = running === undefined || runsOn(error) ? undefined : await endCommand(site, running, this.#plan);
      const cut = cutShort(site, this.#ending, error, killed);
      result = cut.result;
      throw cut.error;
    } finally {
      publishEnd(site, this.#ending, result);
    }
  }

  #connect(running: RunningCommand): void {
    const { stdout, stderr, stdin } = running.channel;
    this.#relays.stdout.follow(stdout, (chunk) => running.own(chunk, 'stdout'));
    this.#relays.stderr.follow(stderr, (chunk) => running.own(chunk, 'stderr'));
    if (running.readsAtOnce) this.#inlet.lead(stdin);
    else void running.started.then(() => this.#inlet.lead(stdin));
    if (this.#size !== undefined) running.channel.resize(this.#size);
  }

  /** The command once it has been started; `undefined` if it never will be. */
  async #begun(): Promise<RunningCommand | undefined> {
    if (this.#running !== undefined) return this.#running;
    await Promise.race([this.#relays.stdout.followed, this.#settled.catch(() => {})]);
    return this.#running;
  }

  /** The result again, with what has been collected by now. */
  #withOutput(result: AnyCommandResult): CommandResult {
    const { stdout, stderr } = this.#ending;
    const text = this.#encoding;
    return {
      ...result,
      stdout: stdout.text(text),
      stderr: stderr.text(text),
      truncated: { stdout: stdout.truncated, stderr: stderr.truncated },
    };
  }
}
