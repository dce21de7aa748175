import { asHawserError, hostError } from '../../connection/results/host-error.js';
import type { HostText } from '../../connection/results/host-value.js';
import type { HawserError } from '../../core/hawser-error.js';
import type { TailNotice } from '../../remote/tail/tail-notice.js';
import type { Tailer } from '../../remote/tail/tailer.js';

/** The tail of one host of a fleet: open, or the reason why it is not. */
export class HostTail {
  readonly key: string;
  readonly host: string;
  onNotice: (notice: TailNotice) => void = () => {};
  onFailed: (error: HawserError) => void = () => {};
  #tailer: Tailer | undefined;
  #error: HawserError | undefined;

  constructor(key: string, host: string) {
    this.key = key;
    this.host = host;
  }

  get tailer(): Tailer | undefined {
    return this.#tailer;
  }

  /** Why it cannot be followed at present. */
  get error(): HawserError | undefined {
    return this.#error;
  }

  /** Takes the tail that was opened. */
  opened(tailer: Tailer): void {
    this.#tailer = tailer;
    tailer.on('notice', (notice) => this.onNotice(notice));
  }

  /** Takes note that it could not be opened, or cannot be read. */
  failed(thrown: unknown): HawserError {
    const error = hostError(asHawserError(thrown, `following a file on ${this.key}`, this.host), this.key);
    this.#error = error;
    this.onFailed(error);
    return error;
  }

  /** Waits for a whole line; `false` when there will be none, since it was closed or failed. */
  async ready(signal: AbortSignal): Promise<boolean> {
    try {
      const isReady = (await this.#tailer?.ready({ signal })) === true;
      if (isReady) this.#error = undefined;
      return isReady;
    } catch (error) {
      if (!signal.aborted) this.failed(error);
      return false;
    }
  }

  /** What came since the last read. Never throws: what fails is in the result. */
  async read(signal: AbortSignal | undefined): Promise<HostText> {
    const begun = performance.now();
    if (this.#tailer === undefined) return this.#result('', begun);
    try {
      const text = await this.#tailer.read(undefined, { signal });
      this.#error = undefined;
      return this.#result(text, begun);
    } catch (error) {
      if (signal?.aborted !== true) this.failed(error);
      return this.#result('', begun, hostError(asHawserError(error, `reading on ${this.key}`, this.host), this.key));
    }
  }

  /** All that came since the opening. */
  contents(): HostText {
    return this.#result(this.#tailer?.contents ?? '', undefined);
  }

  #result(stdout: string, begun: number | undefined, error: HawserError | undefined = this.#error): HostText {
    const { key, host } = this;
    const durationMs = begun === undefined ? 0 : performance.now() - begun;
    if (error !== undefined) return { key, host, ok: false, error, stdout, durationMs };
    return { key, host, ok: true, value: stdout, stdout, durationMs };
  }
}
