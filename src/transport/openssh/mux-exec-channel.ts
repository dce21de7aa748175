import type { Readable, Writable } from 'node:stream';
import type { HawserError } from '../../core/hawser-error.js';
import type { ExecChannel, ExitStatus } from '../contract.js';
import type { MuxSession } from './mux-session.js';

/** A process on the far machine, on a channel of a master connection. Its streams are those of an `ssh` of its own. */
export class MuxExecChannel implements ExecChannel {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<ExitStatus>;
  readonly #session: MuxSession;
  #settle: (outcome: ExitStatus | HawserError) => void = () => {};

  /** `judge` tells what became of a process whose status did not come, or throws why nobody can know. */
  constructor(session: MuxSession, judge: () => Promise<ExitStatus>) {
    this.#session = session;
    this.stdin = session.stdin;
    this.stdout = session.stdout;
    this.stderr = session.stderr;
    this.exited = new Promise((resolve, reject) => {
      this.#settle = (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome));
      session.ended.then(({ code }) => (code === undefined ? judge() : { code })).then(resolve, reject);
    });
    this.exited.catch(() => {});
  }

  signal(): void {
    // ssh passes on none: whoever wants to end the process looks for it on the far machine.
  }

  resize(size: { readonly columns: number; readonly rows: number }): void {
    this.#session.resize(size);
  }

  close(): void {
    this.#session.kill();
    for (const stream of [this.stdin, this.stdout, this.stderr]) stream.destroy();
    this.#settle({ missing: true });
  }

  /** The link is gone: whoever waits for the end hears why. What has arrived can still be read. */
  lost(reason: HawserError): void {
    this.#settle(reason);
    this.#session.kill();
  }
}
