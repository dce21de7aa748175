import type { Readable, Writable } from 'node:stream';
import type { HawserError } from '../../core/hawser-error.js';
import type { ExecChannel, ExitStatus } from '../contract.js';
import type { MuxClient, MuxFate } from './mux-client.js';

/** A process on the far machine, on a channel of a master connection. Its streams are those of an `ssh` of its own. */
export class MuxExecChannel implements ExecChannel {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<ExitStatus>;
  readonly #client: MuxClient;
  #settle: (outcome: ExitStatus | HawserError) => void = () => {};

  /** `judge` tells what became of a session of which ssh did not say. */
  constructor(client: MuxClient, judge: (fate: MuxFate) => Promise<ExitStatus>) {
    this.#client = client;
    const { stdin, stdout, stderr } = client.child;
    this.stdin = stdin;
    this.stdout = stdout;
    this.stderr = stderr;
    this.exited = new Promise((resolve, reject) => {
      this.#settle = (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome));
      client.ended.then((fate) => (fate.code === undefined ? judge(fate) : { code: fate.code })).then(resolve, reject);
    });
    this.exited.catch(() => {});
  }

  signal(): void {
    // ssh passes on none: whoever wants to end the process looks for it on the far machine.
  }

  resize(): void {
    // There is no terminal on this channel whose size could change.
  }

  close(): void {
    this.#client.kill();
    for (const stream of [this.stdin, this.stdout, this.stderr]) stream.destroy();
    this.#settle({ missing: true });
  }

  /** The link is gone: whoever waits for the end hears why. What has arrived can still be read. */
  lost(reason: HawserError): void {
    this.#settle(reason);
    this.#client.kill();
  }
}
