import type { HostText } from '../../connection/results/host-value.js';
import { MultiResult } from '../../connection/results/multi-result.js';
import { type Abortable, throwIfAborted } from '../../core/abort.js';
import { TypedEvents } from '../../core/events.js';
import type { HawserError } from '../../core/hawser-error.js';
import type { TailNotice } from '../../remote/tail/tail-notice.js';
import type { Tailer } from '../../remote/tail/tailer.js';
import type { HostTail } from './host-tail.js';
import { mergeLines, type TailedLine } from './merge-lines.js';

/** Events of a {@link MultiTailer}. */
export type MultiTailerEvents = {
  /** Something happened to one host's file or link, which its tail has coped with or is coping with. */
  notice: [about: { readonly key: string; readonly host: string; readonly notice: TailNotice }];
  /** One host's tail cannot go on: its link was lost and could not be made again, say. The others do. */
  failed: [about: { readonly key: string; readonly host: string; readonly error: HawserError }];
};

/** The way to end what {@link MultiTailer} was made from. */
export interface TailedHosts {
  /** In the order of the fleet. */
  readonly hosts: readonly HostTail[];
  readonly signal: AbortSignal | undefined;
  /** Closes every tail; settles when their connections are given back. */
  close(): Promise<void>;
}

/**
 * Follows a file on each host. Each host stands for itself: what fails on one (a file that is missing, a link that does
 * not come back) ends neither the others nor the whole; {@link failures} and the event `failed` tell of it.
 *
 * @example
 * await using tail = await mc.tail('/var/log/syslog');
 * for await (const { key, line } of tail) console.log(key, line);
 */
export class MultiTailer extends TypedEvents<MultiTailerEvents> implements AsyncIterable<TailedLine>, AsyncDisposable {
  readonly #tailed: TailedHosts;
  #closing: Promise<void> | undefined;

  /** Made by `MultiConnection.tail`. */
  constructor(tailed: TailedHosts) {
    super();
    this.#tailed = tailed;
    for (const tail of tailed.hosts) {
      const { key, host } = tail;
      tail.onNotice = (notice) => this.emit('notice', { key, host, notice });
      tail.onFailed = (error) => this.emit('failed', { key, host, error });
    }
  }

  /** The keys of the hosts, in the order of the fleet. */
  get keys(): readonly string[] {
    return this.#tailed.hosts.map(({ key }) => key);
  }

  /** The tail of one host; `undefined` where it could not be opened. */
  get(key: string): Tailer | undefined {
    return this.#tailed.hosts.find((tail) => tail.key === key)?.tailer;
  }

  /** Why hosts cannot be followed at present: by their keys, in the order of the fleet. */
  get failures(): ReadonlyMap<string, HawserError> {
    return new Map(
      this.#tailed.hosts.flatMap(({ key, error }): [string, HawserError][] =>
        error === undefined ? [] : [[key, error]],
      ),
    );
  }

  /**
   * All that came on each host since the opening, also after the close; see `Tailer.contents`, and `maxContents`, which
   * bounds it for each host.
   */
  get contents(): MultiResult<HostText> {
    return new MultiResult(this.#tailed.hosts.map((tail) => tail.contents()));
  }

  /**
   * What came on each host since the last read. It waits for all of them; a host that fails has its error in its result,
   * as has one that the signal found unfinished, and what had come there is in the next read.
   */
  async read(o: Abortable = {}): Promise<MultiResult<HostText>> {
    return new MultiResult(await Promise.all(this.#tailed.hosts.map((tail) => tail.read(o.signal))));
  }

  /**
   * The lines of all hosts as they come, each host's in their order; until it is closed or no host is left that can be
   * followed. No host is read ahead of the loop by more than one piece; leaving it closes nothing and loses nothing.
   * What it gave stays in {@link contents}: a loop that goes on for long takes `maxContents: 0`.
   * Throws `AbortError` when the signal of the tail fires.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<TailedLine, void, undefined> {
    yield* mergeLines(this.#tailed.hosts);
    throwIfAborted(this.#tailed.signal, `following ${this.#tailed.hosts.length} hosts`);
  }

  /** Ends the tails, and their loops without an error. Connections stay open. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#tailed.close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
