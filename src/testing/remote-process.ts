import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { ServerChannel } from 'ssh2';
import { signalGroup, spawnShell } from '../transport/local/spawn-shell.js';
import type { Faults } from './faults.js';
import { type ProcessGroups, signalSession } from './process-groups.js';
import { ChannelOutput } from './ssh2-server-quirks.js';
import { inTerminal, type TerminalRequest } from './terminal.js';

/** What a process of a test host runs with. */
export interface RemoteProcessOptions {
  /** `undefined`: a shell. */
  readonly command: string | undefined;
  readonly terminal: TerminalRequest | undefined;
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly faults: Faults;
  readonly groups: ProcessGroups;
  /** Closes the connection, once what was written has left. */
  readonly drop: () => void;
  readonly onExit: (how: string) => void;
}

/** A process under `sh`, and the channel that it talks through. */
export class RemoteProcess {
  readonly #channel: ServerChannel;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #output: ChannelOutput;
  readonly #o: RemoteProcessOptions;
  #sent = 0;
  #channelClosed = false;

  constructor(channel: ServerChannel, o: RemoteProcessOptions) {
    this.#channel = channel;
    this.#o = o;
    this.#output = new ChannelOutput(channel);
    const { command, terminal } = o;
    const line = terminal === undefined ? command : inTerminal(command, terminal);
    this.#child = spawnShell(line, { cwd: o.directory, env: o.env });
    o.groups.add(this.#child);
    this.#feed();
    void this.#run();
  }

  /** Delivers a signal, named without `SIG`, to the process group. Names that there are none of are passed over. */
  signal(name: string): void {
    const signal = `SIG${name}`;
    const { pid } = this.#child;
    if (isSignal(signal) && pid !== undefined) signalSession(pid, signal);
  }

  /**
   * The client closed the channel, or the connection ended. As with sshd the process is not killed: its pipes are gone,
   * and on a terminal it is hung up on.
   */
  channelClosed(): void {
    this.#channelClosed = true;
    const { stdin, stdout, stderr, pid } = this.#child;
    for (const stream of [stdin, stdout, stderr]) stream.destroy();
    if (this.#o.terminal !== undefined && pid !== undefined) signalGroup(pid, 'SIGHUP');
  }

  /** From the client into the process, at the speed of the process. */
  #feed(): void {
    const { stdin } = this.#child;
    const channel = this.#channel;
    channel.on('error', () => {});
    stdin.on('error', () => {});
    // What nobody reads any more is read and thrown away: an unread channel never comes to its end.
    stdin.once('close', () => {
      channel.unpipe(stdin);
      channel.resume();
    });
    channel.pipe(stdin);
  }

  async #run(): Promise<void> {
    const exited = this.#exit();
    const { stdout, stderr } = this.#child;
    await Promise.all([exited, this.#pump(stdout, 'stdout'), this.#pump(stderr, 'stderr')]);
    if (this.#channelClosed || this.#o.faults.swallowClose) return;
    this.#channel.stderr.end();
    await finished(this.#channel.stderr, { readable: false }).catch(() => {});
    this.#channel.end();
  }

  /** Reports the end as soon as it is known, as sshd does: output of others that hold the pipes may still follow. */
  #exit(): Promise<void> {
    return new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.#channel.stderr.write(`${error.message}\n`);
        this.#report(255, null);
        resolve();
      });
      this.#child.once('exit', (code, signal) => {
        this.#report(code, signal);
        resolve();
      });
    });
  }

  #report(code: number | null, signal: NodeJS.Signals | null): void {
    this.#o.onExit(signal ?? String(code));
    if (this.#channelClosed || this.#o.faults.omitExitStatus) return;
    if (code !== null) this.#channel.exit(code);
    else if (signal !== null && NAMED_SIGNALS.has(signal)) this.#channel.exit(signal.slice(3), false, '');
  }

  /** From the process to the client, at the speed of the client. */
  async #pump(source: Readable, to: 'stdout' | 'stderr'): Promise<void> {
    try {
      for await (const chunk of source) {
        if (!(chunk instanceof Uint8Array)) continue;
        const limit = this.#o.faults.dropAfterBytes ?? Number.POSITIVE_INFINITY;
        const allowed = Math.max(0, limit - this.#sent);
        this.#sent += chunk.length;
        await this.#output.write(to, chunk.subarray(0, Math.min(chunk.length, allowed)));
        if (this.#sent >= limit) this.#o.drop();
      }
    } catch {
      // The stream was destroyed because the channel is gone: there is nobody left to tell.
    }
  }
}

/** The signals that have a name in RFC 4254 §6.10; of any other end, sshd and this host cannot tell. */
const NAMED_SIGNALS: ReadonlySet<string> = new Set(
  ['ABRT', 'ALRM', 'FPE', 'HUP', 'ILL', 'INT', 'KILL', 'PIPE', 'QUIT', 'SEGV', 'TERM', 'USR1', 'USR2'].map(
    (name) => `SIG${name}`,
  ),
);

function isSignal(name: string): name is NodeJS.Signals {
  return Object.hasOwn(constants.signals, name);
}
