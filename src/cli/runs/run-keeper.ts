import type { CommandResult } from '../../core/command-result.js';
import type { StreamedResult } from '../../fleet/fleet-event.js';
import type { Context } from '../context.js';
import type { RunFlags } from '../run/run-flags.js';
import { seemsSecret } from './command-secret.js';
import { keepFlags } from './kept-flags.js';
import type { HostRecord, RunRecord } from './run-record.js';
import { newRunId, RunStore, runsDirectory } from './run-store.js';
import { TailKeeper } from './tail-keeper.js';

/** How much output is kept of a run, in bytes: each stream of each host has an equal share of it. */
const MOST_OUTPUT = 16 * 1024 * 1024;
const MOST_OF_ONE = 1024 * 1024;

/** A host of the fleet that runs. */
export interface KnownHost {
  readonly key: string;
  readonly host: string;
}

interface Outputs {
  readonly stdout: TailKeeper;
  readonly stderr: TailKeeper;
}

/** Gathers what a run comes to, and keeps it in the state directory when it has ended. */
export class RunKeeper {
  readonly #hosts: readonly KnownHost[];
  readonly #command: string;
  readonly #flags: RunFlags;
  readonly #began = new Date();
  readonly #results = new Map<string, HostRecord>();
  readonly #outputs: Map<string, Outputs> | undefined;

  constructor(hosts: readonly KnownHost[], command: string, flags: RunFlags) {
    this.#hosts = hosts;
    this.#command = command;
    this.#flags = flags;
    this.#outputs = flags.keepOutput === true ? new Map() : undefined;
  }

  /** Takes note of a piece of output, where output is kept. */
  output(key: string, stream: 'stdout' | 'stderr', data: string | Buffer): void {
    this.#outputsOf(key)?.[stream].push(typeof data === 'string' ? Buffer.from(data) : data);
  }

  /** Takes note of what a host came to. */
  result(result: StreamedResult | CommandResult): void {
    const { key, host, ok, outcome, status, signal, error, truncated } = result;
    if ('stdout' in result) {
      this.output(key, 'stdout', result.stdout);
      this.output(key, 'stderr', result.stderr);
    }
    const outputs = this.#outputsOf(key);
    this.#results.set(key, {
      ...{ key, host, ok, outcome, status, signal },
      durationMs: Math.round(result.durationMs),
      ...(error === undefined ? {} : { error: { code: error.code, message: error.message } }),
      ...(outputs === undefined
        ? {}
        : { output: { stdout: outputs.stdout.text(truncated.stdout), stderr: outputs.stderr.text(truncated.stderr) } }),
    });
    this.#outputs?.delete(key);
  }

  /**
   * Writes the record. It is done when it returns: the process may be about to leave.
   *
   * @throws the error of the file system.
   */
  save(context: Pick<Context, 'env'>, interrupted: boolean): void {
    const now = new Date();
    const record: RunRecord = {
      format: 'hawser/run',
      version: 1,
      id: newRunId(this.#began),
      at: this.#began.toISOString(),
      durationMs: now.getTime() - this.#began.getTime(),
      command: seemsSecret(this.#command) ? null : this.#command,
      ...keepFlags(this.#flags),
      env: (this.#flags.env ?? []).map((text) => text.split('=')[0] ?? ''),
      stdin: this.#flags.stdin === true,
      interrupted,
      hosts: this.#hosts.map(({ key, host }) => this.#results.get(key) ?? unfinished(key, host)),
    };
    new RunStore(runsDirectory(context.env)).write(record);
  }

  #outputsOf(key: string): Outputs | undefined {
    if (this.#outputs === undefined) return undefined;
    let outputs = this.#outputs.get(key);
    if (outputs === undefined) {
      const share = Math.min(MOST_OF_ONE, Math.floor(MOST_OUTPUT / (2 * this.#hosts.length)));
      outputs = { stdout: new TailKeeper(share), stderr: new TailKeeper(share) };
      this.#outputs.set(key, outputs);
    }
    return outputs;
  }
}

/** A host that was left as it was: nobody waited for its end. */
function unfinished(key: string, host: string): HostRecord {
  const error = { code: 'ABORT_ERR', message: 'Left as it was: its end was not waited for.' };
  return { key, host, ok: false, outcome: 'unknown', status: null, signal: null, durationMs: 0, error };
}
