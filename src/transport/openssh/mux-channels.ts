import type { Duplex } from 'node:stream';
import { raceAbort } from '../../core/abort.js';
import { ChannelError } from '../../core/errors.js';
import type { HawserError } from '../../core/hawser-error.js';
import { ChannelGate, type Refusal } from '../channel-gate.js';
import type { ChannelOptions, DialTarget, ExecChannel, LinkFacts, ProcessChannelOptions } from '../contract.js';
import { MuxClient } from './mux-client.js';
import { MuxExecChannel } from './mux-exec-channel.js';
import type { MuxSession, MuxSetting } from './mux-session.js';
import { MuxStream } from './mux-stream.js';
import { MuxTally } from './mux-tally.js';
import { MuxTerminal } from './mux-terminal.js';

/** What the master says where the server would not open a channel. */
const REFUSED_BY_SERVER = 'Session open refused by peer';

/** What channels need of the transport that they are of. */
export interface MuxOwner {
  /** Throws, with the reason, where the master takes no more sessions. */
  check(): Promise<void>;
  /** Called when a channel has to wait for room. */
  crowded(): void;
}

/** The channels of one master: each is an `ssh` of its own. */
export class MuxChannels {
  readonly #setting: MuxSetting;
  readonly #owner: MuxOwner;
  readonly #gate: ChannelGate;
  readonly #processes = new Set<MuxExecChannel>();
  readonly #streams = new Set<MuxStream>();
  readonly #tally = new MuxTally();
  #over: HawserError | undefined;

  constructor(setting: MuxSetting, owner: MuxOwner) {
    this.#setting = setting;
    this.#owner = owner;
    this.#gate = new ChannelGate(setting.host, () => owner.crowded());
  }

  /** What is known of the link: ssh tells nobody how far away the server is. */
  get facts(): LinkFacts {
    const { sent: bytesSent, received: bytesReceived } = this.#tally;
    const channels = this.#processes.size + this.#streams.size;
    return { channels, bytesSent, bytesReceived, roundTripMs: undefined };
  }

  /** Runs a command, or a login shell where there is none. */
  async process(command: string | undefined, o: ProcessChannelOptions): Promise<ExecChannel> {
    const { destination } = this.#setting;
    const words = ['--', destination, ...(command === undefined ? [] : [command])];
    const kind = command === undefined ? 'shell' : 'exec';
    const { channel: session, done } = await this.#gate.through<MuxSession>(kind, o.signal, async () => {
      this.#refuseIfOver();
      return this.#admitted(
        o.pty === undefined
          ? await MuxClient.start(this.#setting, ['-T', ...words])
          : await MuxTerminal.start(this.#setting, words, o.pty),
      );
    });
    const process = new MuxExecChannel(session, async () => {
      // Also what ssh says where the process was ended by a signal: it keeps no account of them.
      await this.#owner.check();
      return { missing: true };
    });
    this.#processes.add(process);
    const over = (): void => {
      this.#processes.delete(process);
    };
    process.exited.then(over, over);
    session.ended.then(done, done);
    if (this.#over !== undefined) process.lost(this.#over);
    return process;
  }

  async subsystem(name: string, { signal }: ChannelOptions): Promise<Duplex> {
    const opening = this.#gate.through<MuxClient>(name, signal, async () => {
      this.#refuseIfOver();
      return this.#admitted(await MuxClient.start(this.#setting, ['-s', '--', this.#setting.destination, name]));
    });
    const { channel, done } = await raceAbort(opening, signal, {
      doing: `opening a ${name} channel`,
      host: this.#setting.host,
      late: (late) => {
        late.channel.kill();
        late.done();
      },
    });
    channel.ended.then(done, done);
    return this.#stream(channel);
  }

  /** A stream from the far machine to a port that it can reach. */
  async dial(to: Extract<DialTarget, { port: number }>, { signal }: ChannelOptions): Promise<Duplex> {
    this.#refuseIfOver();
    const { host, destination } = this.#setting;
    const where = `${to.host.includes(':') ? `[${to.host}]` : to.host}:${to.port}`;
    const opening = MuxClient.start(this.#setting, ['-W', where, '--', destination]).then((client) =>
      this.#admitted(client),
    );
    const client = await raceAbort(opening, signal, {
      doing: `connecting from ${host} to ${where}`,
      host,
      late: (late) => {
        if (!('refused' in late)) late.kill();
      },
    });
    if (!('refused' in client)) return this.#stream(client);
    throw new ChannelError(
      'refused',
      `${host} did not open a stream to ${where}: does anything listen there, and does ${host} allow it ` +
        '(AllowTcpForwarding, PermitOpen)?',
      { host, cause: client.cause },
    );
  }

  /** Turns away who waits, and settles when nothing runs any more. */
  async drain(reason: HawserError): Promise<void> {
    this.#over ??= reason;
    this.#gate.close(reason);
    const closed = [...this.#streams].map((stream) => new Promise((resolve) => stream.once('close', resolve)));
    await Promise.allSettled([...[...this.#processes].map((process) => process.exited), ...closed]);
  }

  /** The link is gone. */
  lost(reason: HawserError): void {
    this.#over ??= reason;
    this.#gate.close(reason);
    for (const process of this.#processes) process.lost(reason);
    for (const stream of this.#streams) stream.destroy(reason);
  }

  #refuseIfOver(): void {
    if (this.#over !== undefined) throw this.#over;
  }

  #stream(client: MuxClient): MuxStream {
    const stream = new MuxStream(client, () => this.#owner.check());
    this.#streams.add(stream);
    stream.once('close', () => this.#streams.delete(stream));
    if (this.#over !== undefined) stream.destroy(this.#over);
    return stream;
  }

  /** The session if the master gave it, or how the server refused. Throws for anything else. */
  async #admitted<S extends MuxSession>(session: S): Promise<S | Refusal> {
    if (await session.opened) {
      this.#tally.add(session);
      return session;
    }
    session.stdout.resume();
    session.stderr.resume();
    const { complaints } = await session.ended;
    const cause = new Error(complaints.join('\n'));
    if (complaints.some((line) => line.includes(REFUSED_BY_SERVER))) return { refused: 'connect-failed', cause };
    await this.#owner.check();
    // A master that many come to at once may drop one of them; one whose owner forbids it says so.
    return { refused: complaints.some((line) => line.includes('Master refused')) ? 'prohibited' : 'shortage', cause };
  }
}
