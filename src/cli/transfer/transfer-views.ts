import { formatSize } from '../../core/format-size.js';
import { formatDuration } from '../options/duration.js';
import { jsonText } from '../terminal/json.js';
import type { Output } from '../terminal/output.js';
import type { Paint } from '../terminal/paint.js';
import { clipped, columnsOf, counted, oneLine, padded } from '../terminal/text.js';
import type { DryRun } from './dry-run.js';
import { showDryRun } from './dry-run-view.js';
import type { TransferOutput } from './transfer-flags.js';
import { describeTransfer, failedFiles, stateOf, type TransferResult, withoutEcho } from './transfer-result.js';
import type { TransferAction, TransferTotals } from './transfer-summary.js';

/** What a view of a transfer is made with. */
export interface TransferViewOptions {
  readonly output: Output;
  /** For stdout. */
  readonly paint: Paint;
  readonly action: TransferAction;
  /** The keys of the hosts, in the order of the fleet. */
  readonly keys: readonly string[];
  /** The flags that `hawser trust` needs to find the same hosts. */
  readonly trustFlags: readonly string[];
  /** What would be done, where nothing is. */
  readonly plan?: DryRun | undefined;
}

/** Shows what hosts came to, on stdout. */
export interface TransferView {
  /** One host is done. */
  result(result: TransferResult): void;
  /** All are; `results` are in the order of the fleet. */
  end(results: readonly TransferResult[], totals: TransferTotals): void;
}

const WIDEST_NAME = 40;
/** As many files of one host are named as can be taken in. */
const NAMED = 10;

/** The view that `--output` asks for. */
export function makeView(kind: TransferOutput, o: TransferViewOptions): TransferView {
  switch (kind) {
    case 'lines':
      return new LinesView(o);
    case 'table':
      return { result: () => {}, end: (results) => showTable(results, o) };
    case 'json':
      return { result: () => {}, end: (results, totals) => showJson(results, totals, o) };
    case 'ndjson':
      return {
        result: (result) => o.output.write(`${jsonText({ v: 1, type: 'result', ...recordOf(result, o) })}\n`),
        end: (_results, totals) => o.output.write(`${jsonText({ v: 1, type: 'summary', ...totals })}\n`),
      };
  }
}

/**
 * Shows a host that failed when it does, with the files that did: what went well is in the summary. What a dry run found is
 * listed at its end.
 */
class LinesView implements TransferView {
  readonly #o: TransferViewOptions;
  readonly #names = new Map<string, string>();

  constructor(o: TransferViewOptions) {
    this.#o = o;
    const shown = o.keys.map((key) => clipped(oneLine(key), WIDEST_NAME));
    const width = shown.reduce((most, name) => Math.max(most, columnsOf(name)), 0);
    for (const [index, key] of o.keys.entries()) {
      this.#names.set(key, o.paint.host(index, padded(shown[index] ?? key, width)));
    }
  }

  result(result: TransferResult): void {
    if (result.ok || stateOf(result) === 'not started') return;
    const { what, next } = describeTransfer(result, this.#o.trustFlags);
    this.#line(result.key, `${what}${next === undefined ? '' : `  → ${next}`}`);
    const failed = failedFiles(result);
    if (failed.length < 2) return;
    for (const error of failed.slice(0, NAMED)) this.#line(result.key, oneLine(error.message));
    if (failed.length > NAMED) this.#line(result.key, `and ${counted(failed.length - NAMED, 'more file')}`);
  }

  end(results: readonly TransferResult[]): void {
    const { plan } = this.#o;
    if (plan === undefined) return;
    // Of a host that could not be reached nothing is known.
    const keys = results.filter(({ value }) => value !== undefined).map(({ key }) => key);
    showDryRun(plan, keys, this.#o);
  }

  #line(key: string, words: string): void {
    const { output, paint } = this.#o;
    output.write(`${this.#names.get(key) ?? oneLine(key)} ${paint.bad(`✗ ${words}`)}\n`);
  }
}

function showTable(results: readonly TransferResult[], { output, paint, keys, trustFlags }: TransferViewOptions): void {
  const rows = results.map((result) => {
    const { key, value, ok, durationMs } = result;
    const state = stateOf(result);
    return {
      index: keys.indexOf(key),
      ok,
      cells: [
        clipped(oneLine(key), WIDEST_NAME),
        state,
        state === 'not started' ? '–' : formatDuration(durationMs),
        value === undefined ? '–' : value.files.toLocaleString('en-US'),
        value === undefined ? '–' : formatSize(value.bytes),
      ],
      why: ok || state === 'not started' ? '' : describeTransfer(result, trustFlags).what,
    };
  });
  const titles = ['HOST', 'STATUS', 'TIME', 'FILES', 'BYTES'];
  const widths = titles.map((title, i) =>
    rows.reduce((most, { cells }) => Math.max(most, columnsOf(cells[i] ?? '')), title.length),
  );
  const aligned = (cells: readonly string[]): string[] =>
    cells.map((cell, i) => (i < 2 ? padded(cell, widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)));
  output.write(`${paint.dim(aligned(titles).join('  '))}\n`);
  const used = widths.reduce((sum, width) => sum + width + 2, 0);
  for (const { index, ok, cells, why } of rows) {
    const [name = '', state = '', ...figures] = aligned(cells);
    const words = output.isTerminal ? clipped(why, Math.max(10, output.columns - used - 1)) : why;
    const line = [paint.host(index, name), paint[ok ? 'good' : 'bad'](state), ...figures, words].join('  ');
    output.write(`${line.trimEnd()}\n`);
  }
}

/** A result as plain data; of a dry run, with all that would be done. */
function recordOf(result: TransferResult, { plan }: TransferViewOptions): Readonly<Record<string, unknown>> {
  const record = withoutEcho(result);
  return plan === undefined || result.value === undefined ? record : { ...record, entries: plan.of(result.key) };
}

/** One JSON document: `{ version, action, results, summary }`. */
function showJson(results: readonly TransferResult[], totals: TransferTotals, o: TransferViewOptions): void {
  const { output, action } = o;
  output.write(`{"version":1,"action":${jsonText(action)},"results":[`);
  for (const [index, result] of results.entries()) {
    output.write(`${index === 0 ? '' : ','}\n${jsonText(recordOf(result, o))}`);
  }
  output.write(`\n],"summary":${jsonText(totals)}}\n`);
}
