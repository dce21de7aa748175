/** Puts colours round text; where colour is off, hands the text back as it is. */
export interface Paint {
  /** Whether colours are put. */
  readonly on: boolean;
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
  /** The colour of the host with that number in the fleet: neighbours differ, and none has the colour of failure. */
  host(index: number, text: string): string;
}

/** When there is colour: `auto` is on a terminal alone, and not with `NO_COLOR` (https://no-color.org). */
export type ColorChoice = 'auto' | 'always' | 'never';

/** Colours for hosts, by their SGR numbers (ECMA-48 §8.3.117): all but red, black and white. */
const HOST_COLORS = [36, 33, 35, 34, 32, 96, 93, 95, 94, 92];

/** Decides whether one stream gets colours. */
export function wantsColor(
  choice: ColorChoice,
  isTerminal: boolean,
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  if (choice !== 'auto') return choice === 'always';
  return isTerminal && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}

/** The paint for a stream that has colours or has none. */
export function makePaint(on: boolean): Paint {
  const sgr = (code: number | string, text: string): string =>
    on && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text;
  return {
    on,
    bold: (text) => sgr(1, text),
    dim: (text) => sgr(2, text),
    good: (text) => sgr(32, text),
    bad: (text) => sgr(31, text),
    warn: (text) => sgr(33, text),
    host: (index, text) => sgr(HOST_COLORS[index % HOST_COLORS.length] ?? 36, text),
  };
}
