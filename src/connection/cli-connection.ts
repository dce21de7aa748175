import { userInfo } from 'node:os';
import type { Writable } from 'node:stream';
import type { CommandResult } from '../core/command-result.js';
import { defined } from '../core/defined.js';
import { type AnyCommandResult, DialogError, DisconnectedError } from '../core/errors.js';
import { OptionError } from '../core/hawser-error.js';
import type { Command } from '../core/quote.js';
import { Secret } from '../core/secret.js';
import { formatTarget } from '../inventory/format-target.js';
import { checkPlatform } from '../inventory/platform/check-platform.js';
import type { Platform } from '../inventory/platform/platform.js';
import type { SecretSource } from '../inventory/target.js';
import type { CommandLine } from '../remote/dialog/command-line.js';
import { builtInPlatforms, platformNamed } from '../remote/dialog/detect.js';
import type { CliExecuteOptions, ConfigureOptions } from '../remote/dialog/options.js';
import type { LineWaitOptions } from '../remote/dialog/raw-dialog.js';
import type { Expected } from '../remote/process/shell.js';
import type { Site } from '../remote/site.js';
import { SshContext } from '../transport/ssh2/ssh-context.js';
import type { CliTransport } from './cli/cli-transport.js';
import { Connection, type ConnectionOptions, type OpenedTransport } from './connection.js';
import type { ConnectionRecord } from './connection-record.js';

// Whoever runs commands on servers alone never waits for what speaks with prompts: it is loaded when it is first used.

/** What a {@link CliConnection} is made with. */
export interface CliConnectionOptions extends ConnectionOptions {
  /**
   * What kind of command line it is: a name (`linux`, `frr`, `ios-like`), or a platform of your own. Default: what `device` says of
   * it, else `'auto'`: its banner and its first prompt tell.
   */
  readonly platform?: Platform | string | undefined;
  /** Platforms of your own that names may mean and `'auto'` may find, before those that are built in. */
  readonly platforms?: readonly Platform[] | undefined;
  /** The password of the privileged mode. Default: that of the device's credential `enable`. */
  readonly enablePassword?: SecretSource | undefined;
  /** Where the dialog is written down, without its secrets: a stream, which stays yours, or a file (0600, appended to). */
  readonly transcript?: Writable | string | undefined;
  /** What it shares with other connections over SSH. Default: a context of its own. */
  readonly context?: SshContext | undefined;
}

/**
 * A connection to a command line that has only a prompt: a router, a switch, a console, over whichever way gives a shell (SSH,
 * telnet, this machine's own). The login is part of `connect`.
 *
 * One command runs at a time. Two tasks that use it at once are told so (`DialogError`, reason `shared`), and no text is garbled;
 * with `threadSafe: true` they queue.
 */
export class CliConnection extends Connection {
  readonly #context: SshContext;
  readonly #options: Pick<CliConnectionOptions, 'platform' | 'platforms' | 'transcript'>;
  readonly #platform: Platform | undefined;
  readonly #known: readonly Platform[];
  readonly #enablePassword: Secret<SecretSource> | undefined;
  #transport: CliTransport | undefined;
  /** What is being done on the command line. */
  #doing: string | undefined;

  /** @throws OptionError for a platform that nobody knows. */
  constructor(options: CliConnectionOptions) {
    super(options);
    const { platform, platforms = [], transcript, enablePassword, context } = options;
    this.#context = context ?? new SshContext();
    this.#options = { platform, platforms, transcript };
    for (const own of typeof platform === 'object' ? [platform, ...platforms] : platforms) checkPlatform(own);
    this.#known = [...platforms, ...builtInPlatforms];
    this.#platform = this.#choosePlatform(platform);
    this.#enablePassword = enablePassword === undefined ? undefined : new Secret(enablePassword);
  }

  get id(): string {
    return formatTarget(this.target);
  }

  /** The platform that it has turned out to be, or was said to be. */
  get platform(): Platform | undefined {
    return this.#line?.platform ?? this.#platform;
  }

  /** The mode that the device is in, as its last prompt says; `undefined` while that is not known. */
  get mode(): string | undefined {
    return this.#line?.mode;
  }

  /** Whether text may come that is nobody's answer: something was sent by {@link send} since the last prompt. */
  override get poisoned(): boolean {
    return this.#line?.astray ?? false;
  }

  override get hasStreams(): boolean {
    return false;
  }

  /** What the device calls itself in its prompt. */
  get hostname(): string | undefined {
    return this.#line?.hostname;
  }

  /**
   * Runs a command and gives its text: `stdout` without echo, prompt and pages. `status` is `null` where the platform has none
   * (a shell has); `ok` says that it was 0, and that no line says that the command was refused. See {@link prepareCommand} for
   * what is thrown.
   */
  override execute(command: Command, o: CliExecuteOptions & { encoding: 'buffer' }): Promise<CommandResult<Buffer>>;
  override execute(command: Command, o?: CliExecuteOptions & { encoding?: BufferEncoding }): Promise<CommandResult>;
  override execute(command: Command, o?: CliExecuteOptions): Promise<CommandResult<string> | CommandResult<Buffer>>;
  override async execute(command: Command, o: CliExecuteOptions = {}): Promise<AnyCommandResult> {
    const { prepareCommand } = await import('../remote/dialog/run-command.js');
    return this.#alone('execute', prepareCommand(command, o), o.signal);
  }

  /**
   * Types lines of configuration in the mode for it, and comes back to the mode before, whatever happens. `stdout` is what the
   * device said to them. See {@link prepareConfigure} for what is thrown.
   */
  async configure(lines: string | readonly string[], o: ConfigureOptions = {}): Promise<CommandResult> {
    const { prepareConfigure } = await import('../remote/dialog/configure.js');
    return this.#alone('configure', prepareConfigure(lines, o), o.signal);
  }

  /**
   * Goes to the privileged mode.
   *
   * @throws DialogError: `login` for a password that is missing or refused, which is not tried again; `mode` where there is no
   *   such mode. TimeoutError (default 60,000 ms), AbortError, DisconnectedError.
   */
  async enable(o: LineWaitOptions = {}): Promise<void> {
    const { prepareEnable } = await import('../remote/dialog/raw-dialog.js');
    await this.#alone('enable', prepareEnable(o), o.signal);
  }

  /** Types text as it is. What comes of it is for {@link receive} and {@link expect}. */
  async send(text: string, o: { readonly signal?: AbortSignal } = {}): Promise<void> {
    await this.#alone('send', async (line) => line.send(checkText(text)), o.signal);
  }

  /** Types text and presses Enter. */
  async sendLine(text = '', o: { readonly signal?: AbortSignal } = {}): Promise<void> {
    await this.#alone('sendLine', async (line) => line.send(`${checkText(text)}\r`), o.signal);
  }

  /**
   * What has come since the last read; waits for something to come.
   *
   * @throws TimeoutError with `phase: 'expect'` (default 60,000 ms), AbortError, DisconnectedError.
   */
  async receive(o: LineWaitOptions = {}): Promise<string> {
    const { prepareReceive } = await import('../remote/dialog/raw-dialog.js');
    return this.#alone('receive', prepareReceive(o), o.signal);
  }

  /**
   * Reads until the pattern is found, and takes it and what came before it. A time limit leaves everything unread.
   *
   * @throws TimeoutError with `phase: 'expect'` (default 60,000 ms), AbortError, DisconnectedError.
   */
  async expect(pattern: RegExp | string, o: LineWaitOptions = {}): Promise<Expected> {
    const { prepareExpect } = await import('../remote/dialog/raw-dialog.js');
    return this.#alone('expect', prepareExpect(pattern, o), o.signal);
  }

  /** A platform of your own is not in it: whoever reads it has that found out. The transcript is not, either. */
  override toJSON(): ConnectionRecord {
    const own = this.#platform;
    const platform = builtInPlatforms.find((one) => one === own)?.name;
    return { ...super.toJSON(), class: 'cli', ...defined({ platform }) };
  }

  protected override cloneOptions(): CliConnectionOptions {
    const enablePassword = this.#enablePassword?.reveal();
    return { ...super.cloneOptions(), ...this.#options, enablePassword, context: this.#context };
  }

  protected async openTransport(): Promise<OpenedTransport> {
    const [{ CliTransport }, { openWay }, { Transcript }] = await Promise.all([
      import('./cli/cli-transport.js'),
      import('./cli/open-way.js'),
      import('../remote/dialog/transcript.js'),
    ]);
    const { transport, connectTimeout } = await openWay(this.target, this.#context);
    const { transcript } = this.#options;
    const enable = this.#enablePassword?.reveal() ?? this.device?.credentials?.['enable']?.password;
    const login = this.device?.credentials?.['default'];
    const { username = login?.username } = this.target;
    // The password of one user is sent for no other.
    const ownPassword = login?.username === undefined || login.username === username ? login?.password : undefined;
    const cli = new CliTransport(transport, {
      name: this.key,
      credentials: {
        username: username ?? userInfo().username,
        password: this.target.password ?? ownPassword,
        enable,
      },
      platform: this.#platform,
      known: this.#known,
      transcript: transcript === undefined ? undefined : new Transcript(transcript),
    });
    this.#transport = cli;
    return { transport: cli, connectTimeout: this.target.connectTimeout ?? connectTimeout };
  }

  get #line(): CommandLine | undefined {
    return this.connected ? this.#transport?.line : undefined;
  }

  /** Runs work on the command line, with nobody beside it. */
  async #alone<T>(
    doing: string,
    work: (line: CommandLine, site: Site) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const claimed = async (run: () => Promise<T>): Promise<T> => {
      this.#refuseSecond(doing);
      this.#doing = doing;
      try {
        return await run();
      } finally {
        this.#doing = undefined;
      }
    };
    const onLine = async (site: Site): Promise<T> => {
      const cli = this.#transport;
      if (cli !== undefined && cli === site.transport) return work(cli.line, site);
      throw new DisconnectedError(`The session on ${this.key} has ended.`, { host: this.host, key: this.key });
    };
    // Who has to wait for the lock claims the command line when it has it.
    if (this.target.threadSafe === true) return this.service((site) => claimed(() => onLine(site)), { signal });
    return claimed(() => this.service(onLine, { signal }));
  }

  #refuseSecond(doing: string): void {
    if (this.#doing === undefined) return;
    throw new DialogError(
      'shared',
      `Cannot ${doing} on ${this.key}: another task is using this command line (${this.#doing}), and the two would garble each other. ` +
        'Make the connection with `threadSafe: true` so that they queue, hold its `lock`, or use a pool.',
      { host: this.host, key: this.key },
    );
  }

  #choosePlatform(platform: Platform | string | undefined): Platform | undefined {
    if (typeof platform === 'object') return platform;
    if (platform === undefined) {
      const said = [this.device?.platform, this.device?.os].filter((one) => one !== undefined);
      return said.map((one) => platformNamed(one, this.#known)).find((one) => one !== undefined);
    }
    if (platform === 'auto') return undefined;
    const found = platformNamed(platform, this.#known);
    if (found !== undefined) return found;
    throw new OptionError(
      `There is no platform ${JSON.stringify(platform)}; known are ${this.#known.map(({ name }) => name).join(', ')}. ` +
        'Give others with `platforms`, or let it be found with "auto".',
      { host: this.host, key: this.key },
    );
  }
}

function checkText(text: string): string {
  if (typeof text === 'string') return text;
  throw new OptionError(`Expected the text to send to be a string, got ${typeof text}.`);
}
