import { formatSize } from '../../core/format-size.js';
import { formatRemaining } from '../options/duration.js';
import { clipped, columnsOf, oneLine, padded } from './text.js';

/** How far one host is. */
export interface BarState {
  readonly key: string;
  /** In bytes. */
  readonly done: number;
  /** In bytes; `undefined` while it is not known. */
  readonly total: number | undefined;
  /** Files, of a tree. */
  readonly files?: { readonly done: number; readonly total: number | undefined } | undefined;
  /** In bytes a second; `undefined` while there is none to speak of. */
  readonly rate: number | undefined;
  /** In milliseconds. */
  readonly remaining: number | undefined;
}

const WIDEST_NAME = 30;
const BAR = 20;
/** Below this width a terminal gets no bars, figures alone. */
const NARROW = 64;

/**
 * A line for each host: `web07  ████████████░░░░░░░░  61 %  38.9 MiB/s  eta 0:07`. Names come from outside: what would
 * move the cursor is made visible. Every line is narrower than the terminal.
 */
export function barLines(bars: readonly BarState[], columns: number): string[] {
  const names = bars.map(({ key }) => clipped(oneLine(key), WIDEST_NAME));
  const width = names.reduce((most, name) => Math.max(most, columnsOf(name)), 0);
  return bars.map((bar, index) => {
    const parts = [padded(names[index] ?? '', width), ...(columns < NARROW ? [] : [picture(bar)]), ...figures(bar)];
    return clipped(parts.join('  ').trimEnd(), columns - 1);
  });
}

function picture(bar: BarState): string {
  const share = shareOf(bar);
  const full = share === undefined ? 0 : Math.floor(share * BAR);
  return '█'.repeat(full) + '░'.repeat(BAR - full);
}

function figures(bar: BarState): string[] {
  const { done, files, rate, remaining } = bar;
  const share = shareOf(bar);
  const far = share === undefined ? formatSize(done).padStart(9) : `${String(Math.floor(share * 100)).padStart(3)} %`;
  return [
    far,
    (rate === undefined ? '' : `${formatSize(rate)}/s`).padStart(11),
    ...(files === undefined ? [] : [filesOf(files)]),
    ...(remaining === undefined ? [] : [`eta ${formatRemaining(remaining)}`]),
  ];
}

function filesOf({ done, total }: NonNullable<BarState['files']>): string {
  const so = done.toLocaleString('en-US');
  return total === undefined ? `${so} files` : `${so} of ${total.toLocaleString('en-US')} files`;
}

/** From 0 to 1; a file that grew while it was read is no more than whole. */
function shareOf({ done, total }: BarState): number | undefined {
  if (total === undefined) return undefined;
  return total === 0 ? 1 : Math.min(1, done / total);
}
