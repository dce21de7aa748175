import { visible } from '../../core/visible.js';
import type { FleetEvent, StreamedResult } from '../../fleet/fleet-event.js';
import { LineSplitter } from '../terminal/line-splitter.js';
import { clipped, columnsOf, oneLine, padded } from '../terminal/text.js';
import { describeFailure } from './describe-failure.js';
import type { LiveView, ViewOptions } from './run-view.js';

const WIDEST_NAME = 40;
const NEWLINE = Buffer.from('\n');
/** What stands between a host's name and its words: the difference must be seen without colour. */
const MARKS = { stdout: '│', stderr: '!' } as const;

type StreamName = keyof typeof MARKS;

interface HostLines {
  readonly stdout: LineSplitter;
  readonly stderr: LineSplitter;
}

/** Shows each line as it comes, after the name of its host: lines of stdout on stdout, lines of stderr on stderr. */
export class StreamView implements LiveView {
  readonly encoding = 'buffer' as const;
  readonly #options: ViewOptions;
  readonly #names = new Map<string, string>();
  readonly #prefixes: Readonly<Record<StreamName, Map<string, Buffer>>> = { stdout: new Map(), stderr: new Map() };
  readonly #lines = new Map<string, HostLines>();

  constructor(options: ViewOptions) {
    this.#options = options;
    const shown = options.keys.map((key) => clipped(oneLine(key), WIDEST_NAME));
    const width = shown.reduce((most, name) => Math.max(most, columnsOf(name)), 0);
    for (const [index, key] of options.keys.entries()) {
      this.#names.set(key, options.paint.host(index, padded(shown[index] ?? key, width)));
    }
  }

  event(event: FleetEvent<string | Buffer>): void {
    switch (event.type) {
      case 'start':
        return;
      case 'stdout':
      case 'stderr':
        this.#take(event.key, event.type, typeof event.data === 'string' ? Buffer.from(event.data) : event.data);
        return;
      case 'exit':
      case 'error':
        this.#ended(event.result);
    }
  }

  end(): void {
    for (const key of this.#lines.keys()) this.#showRest(key);
    this.#lines.clear();
  }

  #take(key: string, stream: StreamName, bytes: Buffer): void {
    let lines = this.#lines.get(key);
    if (lines === undefined) {
      lines = { stdout: new LineSplitter(), stderr: new LineSplitter() };
      this.#lines.set(key, lines);
    }
    for (const line of lines[stream].push(bytes)) this.#show(key, stream, line);
  }

  #ended(result: StreamedResult): void {
    const { key, ok, outcome } = result;
    this.#showRest(key);
    this.#lines.delete(key);
    if (ok || outcome === 'skipped') return;
    const { output, paint, trustFlags } = this.#options;
    const { what, next } = describeFailure(result, trustFlags);
    output.write(
      `${this.#names.get(key) ?? oneLine(key)} ${paint.bad(`✗ ${what}`)}${next === undefined ? '' : `  → ${next}`}\n`,
    );
  }

  #showRest(key: string): void {
    const lines = this.#lines.get(key);
    if (lines === undefined) return;
    for (const stream of ['stdout', 'stderr'] as const) {
      const rest = lines[stream].end();
      if (rest !== undefined) this.#show(key, stream, rest);
    }
  }

  #show(key: string, stream: StreamName, line: Buffer): void {
    const { output, raw } = this.#options;
    // Bytes go through a pipe as they came; a terminal would obey them.
    const safe = output.isTerminal && !raw ? Buffer.from(visible(line.toString().replace(/\r$/, ''))) : line;
    const whole = Buffer.concat([this.#prefix(key, stream), safe, NEWLINE]);
    if (stream === 'stdout') output.write(whole);
    else output.note(whole);
  }

  #prefix(key: string, stream: StreamName): Buffer {
    const known = this.#prefixes[stream].get(key);
    if (known !== undefined) return known;
    const { paint } = this.#options;
    const mark = stream === 'stdout' ? paint.dim(MARKS.stdout) : paint.warn(MARKS.stderr);
    const prefix = Buffer.from(`${this.#names.get(key) ?? oneLine(key)} ${mark} `);
    this.#prefixes[stream].set(key, prefix);
    return prefix;
  }
}
