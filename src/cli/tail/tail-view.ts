import { outcomeOf } from '../../connection/results/outcome-of.js';
import type { HawserError } from '../../core/hawser-error.js';
import { visible } from '../../core/visible.js';
import type { TailNotice } from '../../remote/tail/tail-notice.js';
import { formatDuration } from '../options/duration.js';
import { describeFailure } from '../run/describe-failure.js';
import { jsonText } from '../terminal/json.js';
import type { Output } from '../terminal/output.js';
import type { Paint } from '../terminal/paint.js';
import { clipped, columnsOf, oneLine, padded } from '../terminal/text.js';
import type { TailOutput } from './tail-flags.js';

/** What a view of tails is made with. */
export interface TailViewOptions {
  readonly output: Output;
  readonly paints: { readonly out: Paint; readonly err: Paint };
  /** The keys of the hosts, in the order of the fleet. */
  readonly keys: readonly string[];
  /** Whether bytes go to a terminal as they are. */
  readonly raw: boolean;
  /** Whether nothing is said of what the tails cope with. */
  readonly quiet: boolean;
  /** The flags that `hawser trust` needs to find the same hosts. */
  readonly trustFlags: readonly string[];
}

/** Shows what comes from tails. */
export interface TailView {
  /** A line of a host, a character for each byte. */
  line(key: string, line: string): void;
  notice(key: string, notice: TailNotice): void;
  failed(key: string, error: HawserError): void;
}

const WIDEST_NAME = 40;
const NEWLINE = Buffer.from('\n');

/** The view that `--output` asks for. */
export function makeTailView(kind: TailOutput, o: TailViewOptions): TailView {
  return kind === 'ndjson' ? ndjsonView(o) : new LinesView(o);
}

/** One JSON object a line, of whatever happens. */
function ndjsonView({ output, quiet }: TailViewOptions): TailView {
  const say = (type: string, rest: Readonly<Record<string, unknown>>): void =>
    output.write(`${jsonText({ v: 1, type, ...rest, at: Date.now() })}\n`);
  return {
    line: (key, line) => say('line', { key, line: Buffer.from(line, 'latin1').toString() }),
    notice: (key, { type, ...rest }) => (quiet ? undefined : say(type, { key, ...rest })),
    failed: (key, error) => say('error', { key, error }),
  };
}

/** Each line after the name of its host, on stdout; all else on stderr. */
class LinesView implements TailView {
  readonly #o: TailViewOptions;
  readonly #prefixes = new Map<string, Buffer>();
  readonly #names = new Map<string, string>();
  readonly #indent: string;

  constructor(o: TailViewOptions) {
    this.#o = o;
    const { out, err } = o.paints;
    const shown = o.keys.map((key) => clipped(oneLine(key), WIDEST_NAME));
    const width = shown.reduce((most, name) => Math.max(most, columnsOf(name)), 0);
    this.#indent = ' '.repeat(width + ' │ '.length);
    for (const [index, key] of o.keys.entries()) {
      const name = padded(shown[index] ?? key, width);
      this.#prefixes.set(key, Buffer.from(`${out.host(index, name)} ${out.dim('│')} `));
      this.#names.set(key, err.host(index, name));
    }
  }

  line(key: string, line: string): void {
    const { output, raw } = this.#o;
    const bytes = Buffer.from(line, 'latin1');
    // Bytes go through a pipe as they came; a terminal would obey them.
    const safe = output.isTerminal && !raw ? Buffer.from(visible(bytes.toString())) : bytes;
    output.write(Buffer.concat([this.#prefixes.get(key) ?? Buffer.alloc(0), safe, NEWLINE]));
  }

  notice(key: string, notice: TailNotice): void {
    const { output, paints, quiet } = this.#o;
    if (!quiet) output.note(`${this.#indent}${paints.err.dim(`${oneLine(key)}: ${noticeWords(notice)}`)}\n`);
  }

  failed(key: string, error: HawserError): void {
    const { output, paints, trustFlags } = this.#o;
    const { what, next } = describeFailure({ key, outcome: outcomeOf(error), durationMs: 0, error }, trustFlags);
    const more = next === undefined ? '' : `  → ${next}`;
    output.note(`${this.#names.get(key) ?? oneLine(key)} ${paints.err.bad(`✗ ${what}`)}${more}\n`);
  }
}

function noticeWords(notice: TailNotice): string {
  switch (notice.type) {
    case 'waiting':
      return `waiting for the file: ${oneLine(notice.error.message)}`;
    case 'appeared':
      return 'the file is there';
    case 'rotated':
      return 'rotated, following the new file';
    case 'truncated':
      return 'truncated, reading it from its start';
    case 'gap':
      return notice.compressed.length === 0
        ? 'lines may be missing here: files may have come and gone before they could be read'
        : `lines may be missing here: these were compressed before they could be read: ${notice.compressed.map(oneLine).join(', ')}`;
    case 'disconnected':
      return `${oneLine(notice.error.message)} Attempt ${notice.attempt} to reach it again in ${formatDuration(notice.delayMs)}`;
    case 'reconnected':
      return 'reached again, going on where it was';
  }
}
