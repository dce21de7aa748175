import { constants } from 'node:os';
import type { ViewOptions } from '../../../src/cli/run/run-view.js';
import { Output, type Sink } from '../../../src/cli/terminal/output.js';
import { makePaint } from '../../../src/cli/terminal/paint.js';
import type { CommandResult } from '../../../src/core/command-result.js';

/** A result of a command that succeeded and wrote nothing, but for what is said. */
export function result(key: string, fields: Partial<CommandResult> = {}): CommandResult {
  return {
    key,
    host: key,
    command: 'true',
    stdout: '',
    stderr: '',
    status: 0,
    signal: null,
    ok: (fields.outcome ?? 'exit') === 'exit' && (fields.status ?? 0) === 0,
    outcome: 'exit',
    durationMs: 400,
    truncated: { stdout: false, stderr: false },
    ...fields,
  };
}

/** A stream that keeps what is written to it. */
export class Screen implements Sink {
  readonly isTTY: boolean;
  readonly columns = 80;
  readonly writes: { readonly to: string; readonly text: string }[];
  readonly #name: string;
  #onError: ((error: NodeJS.ErrnoException) => void) | undefined;
  /** What each write fails with. */
  failing: 'EPIPE' | 'ENOSPC' | undefined;

  constructor(isTTY: boolean, name: string, writes: { readonly to: string; readonly text: string }[]) {
    this.isTTY = isTTY;
    this.#name = name;
    this.writes = writes;
  }

  write(chunk: string | Uint8Array, done?: (error?: Error | null) => void): boolean {
    const code = this.failing;
    const error = code && Object.assign(new Error(`write ${code}`), { code, errno: -constants.errno[code] });
    if (error === undefined) this.writes.push({ to: this.#name, text: Buffer.from(chunk).toString() });
    setImmediate(() => {
      if (error !== undefined) this.#onError?.(error);
      done?.(error ?? null);
    });
    return true;
  }

  on(_event: 'error', listener: (error: NodeJS.ErrnoException) => void): void {
    this.#onError = listener;
  }

  once(): void {}
}

/** Both streams, their output, and what was written in the order in which it was. */
export function screens(o: { readonly stdout?: boolean; readonly stderr?: boolean } = {}): {
  readonly output: Output;
  readonly stdout: Screen;
  readonly writes: { readonly to: string; readonly text: string }[];
  text(to?: string): string;
} {
  const writes: { readonly to: string; readonly text: string }[] = [];
  const stdout = new Screen(o.stdout ?? false, 'stdout', writes);
  const output = new Output(stdout, new Screen(o.stderr ?? false, 'stderr', writes));
  const text = (to?: string): string =>
    writes
      .filter((one) => to === undefined || one.to === to)
      .map((one) => one.text)
      .join('');
  return { output, stdout, writes, text };
}

/** The options of a view that shows on `output`, without colour. */
export function viewOptions(output: Output, keys: readonly string[], raw = false): ViewOptions {
  return { output, paint: makePaint(false), keys, raw, trustFlags: [] };
}
