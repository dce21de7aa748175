import { randomBytes } from 'node:crypto';
import { CallScope } from '../../core/deadline.js';
import { DialogError, TimeoutError } from '../../core/errors.js';
import { HawserError } from '../../core/hawser-error.js';
import type { ModeStep, Platform } from '../../inventory/platform/platform.js';
import { untilPrompt } from './conversation.js';
import { EchoFilter } from './echo.js';
import { type LoginOptions, login } from './login.js';
import { wayBetween } from './modes.js';
import { ShellPrompt, shellLine } from './posix-shell.js';
import { type Prompt, PromptReader } from './prompt.js';
import { type Credentials, fetchSecret } from './secrets.js';
import { type Statement, Statements } from './statement.js';
import type { TextChannel } from './text-channel.js';

const INTERRUPT = '\u0003';
/** How long a device has to show its prompt after it was interrupted, in milliseconds. */
const PATIENCE = 5000;
/** After so much silence it is interrupted once more, in milliseconds. */
const INTERRUPT_AGAIN = 1000;
/** How much of what a device says to a failed step an error shows. */
const SHOWN = 120;

/** One exchange: a command, and what comes of it until the next prompt. */
export interface Exchange {
  readonly signal: AbortSignal;
  readonly statements?: readonly Statement[];
  /** Takes the output, without echo and prompt, as it comes. */
  output(text: string): void;
}

/** What {@link CommandLine.open} needs. */
export interface OpenOptions extends LoginOptions {
  /** Ends the session: its place is lost. */
  giveUp(reason: DialogError): void;
}

/** A device's command line after the login: it is in a mode, and takes one command at a time. */
export class CommandLine {
  readonly platform: Platform;
  readonly channel: TextChannel;
  readonly #credentials: Credentials;
  readonly #giveUp: (reason: DialogError) => void;
  readonly #prompts: PromptReader;
  #mode: string | undefined;
  /** Whether something may have been written since the last prompt that is nobody's answer. */
  #astray = false;

  private constructor(channel: TextChannel, platform: Platform, o: OpenOptions) {
    this.channel = channel;
    this.platform = platform;
    this.#credentials = o.credentials;
    this.#giveUp = o.giveUp;
    this.#prompts = new PromptReader(platform);
  }

  /** Logs in and sets up the session's terminal. See {@link login} for what is thrown. */
  static async open(channel: TextChannel, o: OpenOptions): Promise<CommandLine> {
    const platform = await login(channel, o);
    const line = new CommandLine(channel, platform, o);
    // The login has looked at this prompt for long enough: the next one of that name is sure.
    const first = line.#prompts.read(channel.line);
    if (first !== undefined) line.#prompts.learn(first);
    await line.#setUp(o.signal);
    return line;
  }

  /** The mode that the last prompt stands for; `undefined` where none has come since something was sent. */
  get mode(): string | undefined {
    return this.#mode;
  }

  /** Whether text may come that is nobody's answer. */
  get astray(): boolean {
    return this.#astray;
  }

  /** What the device calls itself. */
  get hostname(): string | undefined {
    return this.#prompts.host;
  }

  /**
   * Types a command and follows it to the next prompt, which it gives; `undefined` where a statement ended it before.
   *
   * @throws what ends the signal or the channel, DialogError. The place is not known then: call {@link recover}.
   */
  async exchange(command: string, o: Exchange): Promise<Prompt | undefined> {
    const { channel } = this;
    if (this.#astray) await this.#findPlace(o.signal);
    const { shell = false } = this.platform;
    const echo = new EchoFilter(shell ? undefined : command);
    this.#astray = true;
    channel.forget();
    channel.drainTo((text) => {
      const own = echo.pass(text);
      if (own !== '') o.output(own);
    });
    try {
      channel.type(`${shell ? shellLine(command) : command}\r`);
      const prompt = await untilPrompt({
        channel,
        prompts: this.#prompts,
        pagers: this.platform.pagers ?? [],
        statements: new Statements(channel.name, o.statements ?? []),
        signal: o.signal,
        begun: () => echo.done,
        said: o.output,
      });
      if (prompt !== undefined && prompt.start > 0) o.output(channel.line.slice(0, prompt.start));
      this.#arrive(prompt);
      return prompt;
    } finally {
      channel.drainTo(undefined);
    }
  }

  /**
   * Brings the device to a mode, step by step, and tells which one it was in.
   *
   * @throws DialogError: `mode` where it does not get there, `login` where it does not take the password.
   */
  async goTo(mode: string, signal: AbortSignal): Promise<string> {
    if (this.#astray || this.#mode === undefined) await this.#findPlace(signal);
    const before = this.#mode ?? mode;
    for (const step of wayBetween(this.platform, before, mode, this.channel.name)) await this.#take(step, signal);
    return before;
  }

  /** Goes back to a mode after a failure, where that can be done: the failure is what is told. */
  async comeBack(mode: string): Promise<void> {
    if (this.channel.over || this.#mode === mode) return;
    using scope = this.#patience();
    try {
      await this.goTo(mode, scope.signal);
    } catch (error) {
      if (!(error instanceof HawserError)) throw error;
      await this.recover();
    }
  }

  /** Types text as it is. What comes of it waits to be read. */
  send(text: string): void {
    this.#astray = true;
    this.#mode = undefined;
    this.channel.type(text);
  }

  /**
   * Stops what is under way and finds a prompt that is certainly the latest. Where there is none within a few seconds, nothing
   * that comes from now on could be trusted: the session is given up, and `false` returned.
   */
  async recover(): Promise<boolean> {
    if (this.channel.over) return false;
    using scope = this.#patience();
    const interrupt = (): void => this.channel.type(this.platform.interrupt ?? INTERRUPT);
    // A shell that is just starting a program may miss it.
    const again = setInterval(() => {
      if (!this.channel.over) interrupt();
    }, INTERRUPT_AGAIN);
    try {
      // What it is about to write is nobody's.
      this.channel.drainTo(() => {});
      this.channel.forget();
      interrupt();
      await this.#anyPrompt(scope.signal, [this.#hopeless]);
      clearInterval(again);
      await this.#findPlace(scope.signal);
      return true;
    } catch (error) {
      if (!(error instanceof HawserError)) throw error;
      const { name } = this.channel;
      this.#giveUp(
        new DialogError(
          'unsynchronised',
          `The session on ${name} was given up: after what was cut short it showed no prompt; ${this.channel.lastWords}. The next call connects anew.`,
          { host: name, cause: error },
        ),
      );
      return false;
    } finally {
      clearInterval(again);
      this.channel.drainTo(undefined);
    }
  }

  #patience(): CallScope {
    const { name } = this.channel;
    return new CallScope(undefined, PATIENCE, () => {
      return new TimeoutError(`${name} showed no prompt for ${PATIENCE} ms.`, {
        phase: 'prompt',
        ms: PATIENCE,
        host: name,
      });
    });
  }

  async #setUp(signal: AbortSignal): Promise<void> {
    if (this.platform.shell === true) await this.#findPlace(signal);
    for (const command of this.platform.initial ?? []) await this.exchange(command, { signal, output: () => {} });
    if (this.#mode === undefined) await this.#findPlace(signal);
  }

  /**
   * Has the device say something that nothing but this moment can have brought forth, and takes the prompt after it. A shell is
   * given a new prompt; others echo a comment with a number in it.
   */
  async #findPlace(signal: AbortSignal): Promise<void> {
    const { channel, platform } = this;
    this.#astray = true;
    channel.forget();
    const [mode = ''] = Object.keys(platform.modes);
    let echo: EchoFilter;
    let proof: string;
    if (platform.shell === true) {
      const shell = new ShellPrompt(mode);
      this.#prompts.expectOnly(shell);
      echo = new EchoFilter(undefined);
      proof = shell.setup;
    } else {
      proof = platform.comment === undefined ? '' : `${platform.comment} hawser-${randomBytes(6).toString('hex')}`;
      echo = new EchoFilter(proof);
    }
    channel.drainTo((text) => void echo.pass(text));
    channel.type(`${proof}\r`);
    try {
      this.#arrive(await this.#anyPrompt(signal, [], () => echo.done));
    } finally {
      channel.drainTo(undefined);
    }
  }

  /** A device that goes on asking for a password will not stop, and must not be given one. */
  get #hopeless(): Statement {
    const { name } = this.channel;
    const answer = (): never => {
      throw new DialogError('question', `${name} still asks for a password.`, { host: name });
    };
    return { pattern: /pass(word|code|phrase)[^:]{0,64}: ?$/i, answer };
  }

  async #anyPrompt(
    signal: AbortSignal,
    statements: readonly Statement[],
    begun: () => boolean = () => true,
  ): Promise<Prompt | undefined> {
    const { channel } = this;
    return untilPrompt({
      channel,
      prompts: this.#prompts,
      pagers: this.platform.pagers ?? [],
      statements: new Statements(channel.name, statements),
      signal,
      begun,
      said: () => {},
    });
  }

  #arrive(prompt: Prompt | undefined): void {
    this.#mode = prompt?.mode;
    if (prompt === undefined) return;
    this.#prompts.learn(prompt);
    this.#astray = false;
    this.channel.forget();
  }

  async #take(step: ModeStep, signal: AbortSignal): Promise<void> {
    const { name } = this.channel;
    let said = '';
    let isAsked = false;
    const statements = (step.statements ?? []).map(({ pattern, answer, loop = false }): Statement => {
      if (typeof answer === 'string') return { pattern, answer, loop };
      const give = async (): Promise<string> => {
        isAsked = true;
        return fetchSecret(this.#credentials, answer.secret, name);
      };
      return { pattern, answer: give, secret: true, loop };
    });
    const output = (text: string): void => {
      said = (said + text).slice(0, SHOWN);
    };
    try {
      const prompt = await this.exchange(step.command, { signal, statements, output });
      if (prompt?.mode === step.to) return;
    } catch (error) {
      if (error instanceof DialogError && error.reason === 'question' && isAsked) throw this.#refused(step, error);
      throw error;
    }
    if (isAsked) throw this.#refused(step);
    throw new DialogError(
      'mode',
      `${name} did not get from the mode ${step.from} to ${step.to} by ${JSON.stringify(step.command)}: it said ${JSON.stringify(this.channel.shown(said.trim()))}.`,
      { host: name },
    );
  }

  #refused(step: ModeStep, cause?: DialogError): DialogError {
    const { name } = this.channel;
    return new DialogError(
      'login',
      `${name} did not take the password of the mode ${step.to}. Check \`enablePassword\`, or the credential \`enable\` of the device; it was not tried again.`,
      { host: name, cause },
    );
  }
}
