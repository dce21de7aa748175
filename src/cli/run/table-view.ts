import type { CommandResult } from '../../core/command-result.js';
import { formatDuration } from '../options/duration.js';
import { clipped, columnsOf, oneLine, padded } from '../terminal/text.js';
import { describeFailure, shortOutcome } from './describe-failure.js';
import type { CollectedView, ViewOptions } from './run-view.js';

const WIDEST_NAME = 40;

/** Shows one line a host, in the order of the fleet, when all are done. */
export class TableView implements CollectedView {
  readonly #options: ViewOptions;

  constructor(options: ViewOptions) {
    this.#options = options;
  }

  end(results: readonly CommandResult[]): void {
    const { output, paint, keys, trustFlags } = this.#options;
    const rows = results.map((result) => ({
      result,
      name: clipped(oneLine(result.key), WIDEST_NAME),
      state: shortOutcome(result),
      time: result.outcome === 'skipped' ? '–' : formatDuration(result.durationMs),
      words: gist(result, trustFlags),
    }));
    const widest = (title: string, texts: readonly string[]): number =>
      texts.reduce((most, text) => Math.max(most, columnsOf(text)), title.length);
    const name = widest(
      'HOST',
      rows.map((row) => row.name),
    );
    const state = widest(
      'STATUS',
      rows.map((row) => row.state),
    );
    const time = widest(
      'TIME',
      rows.map((row) => row.time),
    );
    const left = Math.max(10, output.columns - name - state - time - 6);
    const index = new Map(keys.map((key, at) => [key, at]));
    output.write(
      `${paint.dim(`${padded('HOST', name)}  ${padded('STATUS', state)}  ${'TIME'.padStart(time)}  OUTPUT`)}\n`,
    );
    for (const row of rows) {
      const { ok, key } = row.result;
      const words = output.isTerminal ? clipped(row.words, left) : row.words;
      output.write(
        `${paint.host(index.get(key) ?? 0, padded(row.name, name))}  ${paint[ok ? 'good' : 'bad'](padded(row.state, state))}` +
          `  ${row.time.padStart(time)}  ${words}`.trimEnd() +
          '\n',
      );
    }
  }
}

/** The first line that a host wrote and how many follow; of one that did not run, why. */
function gist(result: CommandResult, trustFlags: readonly string[]): string {
  const { outcome, ok, stdout, stderr } = result;
  if (outcome !== 'exit') {
    const { what, next } = describeFailure(result, trustFlags);
    return next === undefined ? what : `${what}  → ${next}`;
  }
  const text = ok || stderr.trim() === '' ? stdout : stderr;
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const more = lines.length > 1 ? ` (+${lines.length - 1} more)` : '';
  return lines[0] === undefined ? '' : `${oneLine(lines[0])}${more}`;
}
