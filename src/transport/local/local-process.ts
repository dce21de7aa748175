import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { ChannelError } from '../../core/errors.js';
import type { HawserError } from '../../core/hawser-error.js';
import type { ExecChannel, ExitStatus } from '../contract.js';
import { signalGroup } from './spawn-shell.js';

/** A process of this machine, leader of its own group, so that a signal reaches its children too. */
export class LocalProcess implements ExecChannel {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<ExitStatus>;
  readonly #child: ChildProcessWithoutNullStreams;
  #settle: (outcome: ExitStatus | HawserError) => void = () => {};

  private constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    this.stdin = child.stdin;
    this.stdout = child.stdout;
    this.stderr = child.stderr;
    // A program may end without reading what it was given: that is its affair and no error of ours.
    child.stdin.on('error', () => {});
    this.exited = new Promise((resolve, reject) => {
      this.#settle = (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome));
      child.once('close', (code, signal) => {
        if (code !== null) resolve({ code });
        else resolve(signal === null ? { missing: true } : { signal, coreDumped: false });
      });
    });
    this.exited.catch(() => {});
  }

  /** Waits until the child has started. Throws `ChannelError` where it cannot. */
  static start(child: ChildProcessWithoutNullStreams): Promise<LocalProcess> {
    return new Promise((resolve, reject) => {
      child.once('spawn', () => resolve(new LocalProcess(child)));
      child.once('error', (cause) => {
        reject(new ChannelError('request', `Cannot start a shell on this machine: ${cause.message}.`, { cause }));
      });
    });
  }

  signal(name: string): void {
    if (this.#child.pid !== undefined) signalGroup(this.#child.pid, `SIG${name}` as NodeJS.Signals);
  }

  resize(): void {
    // There is no terminal on this channel whose size could change.
  }

  close(): void {
    for (const stream of [this.#child.stdin, this.#child.stdout, this.#child.stderr]) stream.destroy();
    this.#settle({ missing: true });
  }

  /** The connection is gone: the process is told as a terminal's would be. */
  hangUp(reason: HawserError): void {
    this.signal('HUP');
    this.#settle(reason);
    this.close();
  }
}
