import type { Readable, Writable } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import type { HawserError } from '../../core/hawser-error.js';
import type { ExecChannel, ExitStatus } from '../contract.js';
import { signalChannel } from './internals.js';
import { limitUnread } from './limit-unread.js';

/** The signals that have a name in SSH (RFC 4254 §6.10): others cannot be sent. */
const NAMED_SIGNALS: ReadonlySet<string> = new Set([
  'ABRT',
  'ALRM',
  'FPE',
  'HUP',
  'ILL',
  'INT',
  'KILL',
  'PIPE',
  'QUIT',
  'SEGV',
  'TERM',
  'USR1',
  'USR2',
]);

/** A process on a session channel of ssh2 (RFC 4254 §6). Its streams are ssh2's own: nothing is copied on the way. */
export class SshExecChannel implements ExecChannel {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<ExitStatus>;
  /** Settles when the channel was closed from this side: nobody waits for what runs on it, however long that is. */
  readonly abandoned: Promise<void>;
  readonly #channel: ClientChannel;
  #status: ExitStatus = { missing: true };
  /** Set by the transport, which knows what keeps the process alive. */
  onRest: (resting: boolean) => void = () => {};
  #fail: (reason: HawserError) => void = () => {};
  #abandon: () => void = () => {};

  constructor(channel: ClientChannel) {
    limitUnread(channel);
    this.#channel = channel;
    this.abandoned = new Promise((resolve) => {
      this.#abandon = resolve;
    });
    this.stdin = channel;
    this.stdout = channel;
    this.stderr = channel.stderr;
    this.exited = new Promise((resolve, reject) => {
      this.#fail = reject;
      channel.once('exit', (code: number | null, signal?: string, dumped?: unknown) => {
        if (typeof code === 'number') this.#status = { code };
        else if (signal !== undefined) this.#status = { signal, coreDumped: Boolean(dumped) };
      });
      // ssh2 emits "close" of a channel after the end of stdout, and says nothing of stderr, which has its own.
      let open = 2;
      const closed = (): void => {
        open -= 1;
        if (open === 0) resolve(this.#status);
      };
      channel.once('close', closed);
      channel.stderr.once('close', closed);
    });
    // Whoever waits for it hears of it; a link that dies while nobody waits is no crash.
    this.exited.catch(() => {});
    channel.on('error', () => {});
  }

  signal(name: string): void {
    if (NAMED_SIGNALS.has(name)) signalChannel(this.#channel, name);
  }

  resize(size: { readonly columns: number; readonly rows: number }): void {
    this.#channel.setWindow(size.rows, size.columns, 0, 0);
  }

  rest(resting: boolean): void {
    this.onRest(resting);
  }

  close(): void {
    this.#channel.close();
    this.#abandon();
  }

  /** The link is gone: whoever waits for the end hears why. What has arrived can still be read. */
  lost(reason: HawserError): void {
    this.#fail(reason);
  }
}
