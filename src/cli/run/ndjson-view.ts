import type { FleetEvent } from '../../fleet/fleet-event.js';
import { jsonText } from '../terminal/json.js';
import type { LiveView, ViewOptions } from './run-view.js';
import type { RunSummary } from './summary.js';

/** Shows each event as one line of JSON, as it comes, and a summary as the last line. */
export class NdjsonView implements LiveView {
  readonly encoding: 'utf8' = 'utf8';
  readonly #output: ViewOptions['output'];

  constructor({ output }: ViewOptions) {
    this.#output = output;
  }

  event(event: FleetEvent<string | Buffer>): void {
    this.#output.write(`${jsonText(event)}\n`);
  }

  end(summary: RunSummary): void {
    this.#output.write(`${jsonText({ v: 1, type: 'summary', ...summary })}\n`);
  }
}
