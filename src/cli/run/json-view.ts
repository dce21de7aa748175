import { MultiResult } from '../../connection/results/multi-result.js';
import type { CommandResult } from '../../core/command-result.js';
import { jsonText } from '../terminal/json.js';
import type { CollectedView, ViewOptions } from './run-view.js';
import type { RunSummary } from './summary.js';

/** Shows one JSON document when all hosts are done: `{ version, command, results, summary }`. */
export class JsonView implements CollectedView {
  readonly #options: ViewOptions;
  readonly #command: string;

  constructor(options: ViewOptions, command: string) {
    this.#options = options;
    this.#command = command;
  }

  end(results: readonly CommandResult[], summary: RunSummary): void {
    const { output } = this.#options;
    output.write(`{"version":1,"command":${jsonText(this.#command)},"results":[`);
    // One host after another: all of them as one text might be longer than a string can be.
    for (const [index, record] of new MultiResult(results).toJSON().results.entries()) {
      output.write(`${index === 0 ? '' : ','}\n${jsonText(record)}`);
    }
    output.write(`\n],"summary":${jsonText(summary)}}\n`);
  }
}
