import { formatSize } from '../../core/format-size.js';
import type { TransferSummary } from '../../core/transfer-summary.js';
import type { Overwrite } from '../../remote/transfer/options.js';
import { formatDuration } from '../options/duration.js';
import type { Paint } from '../terminal/paint.js';
import { counted } from '../terminal/text.js';
import { stateOf, type TransferResult, type TransferState } from './transfer-result.js';

/** Which way files go. */
export type TransferAction = 'put' | 'get';

/** What a transfer came to, as plain data: the `summary` of `--output json` and `ndjson`. */
export interface TransferTotals {
  /** Hosts. */
  readonly total: number;
  readonly ok: number;
  readonly failed: number;
  /** Hosts whose end was not waited for: after a second Ctrl-C. */
  readonly unfinished: number;
  /** How many hosts ended in each way; those with none are left out. */
  readonly states: Partial<Record<TransferState, number>>;
  /** What the host had that had the most: what is the same for all of them, where all went well. */
  readonly most: { readonly files: number; readonly bytes: number };
  /** What was read here for all hosts together, in bytes; 0 where nothing was. */
  readonly bytesRead: number;
  /** Of all hosts together, from here on. */
  readonly files: number;
  readonly bytes: number;
  readonly skipped: number;
  readonly deleted: number;
  readonly filesFailed: number;
  readonly dryRun: boolean;
  readonly durationMs: number;
  readonly interrupted: boolean;
}

/** What is known of the whole call besides what hosts came to. */
export interface TotalsOptions {
  readonly total: number;
  readonly dryRun: boolean;
  readonly durationMs: number;
  readonly interrupted: boolean;
}

/** What {@link totalsLine} must know to find the words. */
export interface WordsOptions {
  readonly action: TransferAction;
  readonly overwrite: Overwrite | undefined;
}

/** What is said of hosts that had everything already. */
export function skippedWords(overwrite: Overwrite | undefined): string {
  return overwrite === 'never' ? 'skipped (there already)' : 'skipped (same content)';
}

/** Counts what hosts came to, one after another. */
export class TransferTally {
  readonly #states: Partial<Record<TransferState, number>> = {};
  readonly #most = { files: 0, bytes: 0 };
  #bytesRead = 0;
  readonly #sums = { files: 0, bytes: 0, skipped: 0, deleted: 0, filesFailed: 0 };
  #done = 0;
  #ok = 0;

  /** How many hosts are done, in whichever way. */
  get done(): number {
    return this.#done;
  }

  /** How many of them failed. */
  get failed(): number {
    return this.#done - this.#ok;
  }

  /** How many of them ended in that way. */
  count(state: TransferState): number {
    return this.#states[state] ?? 0;
  }

  /** Takes note of how much has been read here, for all hosts. */
  read(bytes: number): void {
    this.#bytesRead = bytes;
  }

  add(result: TransferResult): void {
    const state = stateOf(result);
    this.#done += 1;
    if (result.ok) this.#ok += 1;
    this.#states[state] = this.count(state) + 1;
    if (result.value !== undefined) this.#addFiles(result.value);
  }

  /** What it came to. */
  totals(o: TotalsOptions): TransferTotals {
    const { total, dryRun, durationMs, interrupted } = o;
    const unfinished = total - this.#done;
    const states = { ...this.#states };
    return {
      total,
      ok: this.#ok,
      failed: this.failed,
      unfinished,
      states,
      most: { ...this.#most },
      bytesRead: this.#bytesRead,
      ...this.#sums,
      dryRun,
      durationMs,
      interrupted,
    };
  }

  #addFiles({ files, bytes, skipped, deleted, failed }: TransferSummary): void {
    this.#most.files = Math.max(this.#most.files, files);
    this.#most.bytes = Math.max(this.#most.bytes, bytes);
    this.#sums.files += files;
    this.#sums.bytes += bytes;
    this.#sums.skipped += skipped;
    this.#sums.deleted += deleted;
    this.#sums.filesFailed += failed.length;
  }
}

/** `46 hosts done, 1 skipped (same content), 3 failed · 1 file, 64 MiB each · read once, 2.9 GiB sent · 12.3 s`. */
export function totalsLine(totals: TransferTotals, o: WordsOptions, paint: Paint): string {
  const { total, states, failed, unfinished, most, files, bytes, deleted, filesFailed, dryRun } = totals;
  const hosts = [paint[failed + unfinished === 0 ? 'good' : 'bold'](`${counted(states.ok ?? 0, 'host')} done`)];
  const add = (count: number | undefined, words: string, bad = true): void => {
    if (count !== undefined && count > 0) hosts.push(bad ? paint.bad(`${count} ${words}`) : `${count} ${words}`);
  };
  add(states.unchanged, skippedWords(o.overwrite), false);
  add(states.failed, 'failed');
  add(states.interrupted, 'interrupted');
  add(states['not started'], 'not started');
  add(unfinished, total === 1 ? 'left as it was' : 'left as they were');
  const moved = `${dryRun ? 'would be ' : ''}${o.action === 'put' ? 'sent' : 'received'}`;
  const each = `${counted(most.files, 'file')}, ${formatSize(most.bytes)}`;
  const parts = [
    hosts.join(', '),
    ...(files === 0
      ? []
      : files === most.files
        ? [`${each} ${moved}`]
        : [`${each} each`, `${readWords(totals)}${formatSize(bytes)} ${moved}`]),
    ...(deleted > 0 ? [`${counted(deleted, 'file')} ${dryRun ? 'would be deleted' : 'deleted'}`] : []),
    ...(filesFailed > 0 ? [paint.bad(`${counted(filesFailed, 'file')} failed`)] : []),
    paint.dim(formatDuration(totals.durationMs)),
  ];
  return `${dryRun ? 'dry run: ' : ''}${parts.join(paint.dim(' · '))}`;
}

/** How often the local files were read for all hosts: hosts that were far apart need them more than once. */
function readWords({ bytesRead, most, dryRun }: TransferTotals): string {
  if (bytesRead === 0 || dryRun) return '';
  return bytesRead <= most.bytes ? 'read once, ' : `${formatSize(bytesRead)} read, `;
}
