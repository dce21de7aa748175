import { randomUUID } from 'node:crypto';
import type { Writable } from 'node:stream';
import { neverAborted, onAbort, throwIfAborted } from '../../../core/abort.js';
import { ClosedError } from '../../../core/errors.js';
import type { HawserError } from '../../../core/hawser-error.js';
import type { ExecChannel } from '../../../transport/contract.js';
import type { Site } from '../../site.js';
import { type ShellAct, shellError, unableError } from './shell-error.js';
import { shellLine } from './shell-line.js';

/** How much of what a script complains of is kept, in characters. */
const COMPLAINTS = 4096;

/** A script that runs. */
interface Running {
  readonly channel: ExecChannel;
  /** What it writes after its mark. */
  readonly output: AsyncGenerator<Buffer, void, void>;
  /** Settles when it has ended; throws what its failure means. */
  readonly ended: () => Promise<void>;
}

/** Runs the scripts of a {@link ShellDriver}, each on a channel of its own. */
export class ShellRunner {
  readonly #site: Site;
  readonly #channels = new Set<ExecChannel>();
  /** Why no more scripts are run. */
  #over: HawserError | undefined;

  constructor(site: Site) {
    this.#site = site;
    site.transport.once('close', this.#lost);
  }

  get host(): string {
    return this.#site.host;
  }

  get key(): string {
    return this.#site.key;
  }

  /** Whether scripts can still be run. */
  get usable(): boolean {
    return this.#over === undefined;
  }

  /** Runs a script and gives what it writes. Throws what its failure means for the call. */
  async ask(act: ShellAct, script: string): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of this.read(act, script)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  /** Runs a script and gives what it writes as it comes. It waits while nobody takes more. */
  async *read(act: ShellAct, script: string, signal?: AbortSignal): AsyncGenerator<Buffer, void, void> {
    const running = await this.#start(act, script, signal);
    running.channel.stdin.end();
    yield* running.output;
    await running.ended();
  }

  /** Runs a script that reads what `next` gives. */
  async feed(
    act: ShellAct,
    script: string,
    next: () => Promise<readonly Buffer[] | undefined>,
    o: { readonly signal?: AbortSignal | undefined; readonly written?: ((length: number) => void) | undefined },
  ): Promise<void> {
    const running = await this.#start(act, script, o.signal);
    const { channel } = running;
    const silence = drain(running.output);
    let over = false;
    const ended = Promise.allSettled([silence, channel.exited]).then(() => {
      over = true;
    });
    try {
      for (let pieces = await next(); pieces !== undefined && !over; pieces = await next()) {
        for (const piece of pieces) {
          // A script that has ended takes no more, and no word of it.
          await Promise.race([write(channel.stdin, piece), ended]);
          if (!over) o.written?.(piece.length);
        }
      }
    } catch (error) {
      channel.close();
      await ended;
      throw error;
    }
    channel.stdin.end();
    await silence;
    await running.ended();
  }

  /** Ends the scripts that run; no more are started. */
  close(): void {
    this.#over ??= this.#closed();
    this.#site.transport.off('close', this.#lost);
    for (const channel of this.#channels) channel.close();
  }

  /** A link that was lost may be made again, which its own error says. */
  readonly #lost = (reason?: HawserError): void => {
    this.#over ??= reason ?? this.#closed();
  };

  #closed(): ClosedError {
    const { host, key } = this.#site;
    return new ClosedError(`The files of ${key} were closed.`, { host, key });
  }

  async #start(act: ShellAct, script: string, signal: AbortSignal = neverAborted): Promise<Running> {
    const { transport, host } = this.#site;
    const doing = `working on files (${act.syscall})`;
    if (this.#over) throw this.#over;
    throwIfAborted(signal, doing, host);
    const mark = randomUUID();
    const channel = await transport.exec(shellLine(script, mark), { signal });
    this.#channels.add(channel);
    const stop = onAbort(signal, () => channel.close());
    channel.stdin.on('error', ignore);
    let complaints = '';
    channel.stderr.on('error', ignore);
    channel.stderr.on('data', (chunk: Buffer) => {
      complaints = (complaints + chunk.toString('latin1')).slice(-COMPLAINTS);
    });
    const begun = { yet: false };
    const ended = async (): Promise<void> => {
      try {
        const status = await channel.exited;
        throwIfAborted(signal, doing, host);
        if (this.#over) throw this.#over;
        if (!begun.yet) throw unableError(this, act, `be used: no POSIX sh answered there`);
        if (!('code' in status) || status.code !== 0) throw shellError(this, act, complaints);
      } finally {
        stop();
        this.#channels.delete(channel);
      }
    };
    return { channel, ended, output: this.#output(channel, mark, begun) };
  }

  /** What comes after the mark: start-up files may have written before it. */
  async *#output(channel: ExecChannel, mark: string, begun: { yet: boolean }): AsyncGenerator<Buffer, void, void> {
    let before = Buffer.alloc(0);
    for await (const chunk of channel.stdout) {
      if (!Buffer.isBuffer(chunk)) continue;
      if (begun.yet) {
        yield chunk;
        continue;
      }
      before = Buffer.concat([before, chunk]);
      const at = before.indexOf(mark, 0, 'latin1');
      if (at === -1) continue;
      begun.yet = true;
      const rest = before.subarray(at + mark.length);
      if (rest.length > 0) yield rest;
    }
  }
}

async function drain(output: AsyncIterable<Buffer>): Promise<void> {
  for await (const _ of output);
}

function write(stdin: Writable, piece: Buffer): Promise<void> {
  return new Promise((resolve) => {
    // Why it failed is told by how the script ended.
    stdin.write(piece, () => resolve());
  });
}

function ignore(): void {}
