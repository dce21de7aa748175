import picomatch from 'picomatch';
import { expandBraces } from './brace-expansion.js';

/** One name of a pattern: itself, any that fits, or any number of directories (`**`). */
export type Segment =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'fits'; readonly fits: (name: string) => boolean }
  | { readonly kind: 'any-depth' };

/** A pattern without braces, name by name. */
export interface GlobPattern {
  /** Begins at the root. */
  readonly absolute: boolean;
  readonly segments: readonly Segment[];
  /** Ends with a slash: fits directories alone. */
  readonly directory: boolean;
}

/** Anything that has a meaning beside itself. */
const MAGIC = /[*?[\]\\!+@(){}]/;

/** What a pattern stands for. `*` and `**` leave out names that begin with a dot. */
export function globPatterns(pattern: string): GlobPattern[] {
  return expandBraces(pattern)
    .filter((one) => one !== '')
    .map(globPattern);
}

/** Whether a whole path, relative to the same place as the pattern, fits. */
export function pathFits(pattern: string): (path: string) => boolean {
  return picomatch(pattern, { dot: true, nonegate: true, posix: true });
}

function globPattern(pattern: string): GlobPattern {
  const names = pattern.split('/').filter((name) => name !== '' && name !== '.');
  const segments: Segment[] = [];
  for (const name of names) {
    // Two in a row mean what one means.
    if (name !== '**') segments.push(segment(name));
    else if (segments.at(-1)?.kind !== 'any-depth') segments.push({ kind: 'any-depth' });
  }
  return { absolute: pattern.startsWith('/'), segments, directory: pattern.endsWith('/') };
}

function segment(name: string): Segment {
  if (!MAGIC.test(name)) return { kind: 'name', name };
  const plain = name.replace(/\\(.)/g, '$1');
  if (!MAGIC.test(name.replace(/\\./g, ''))) return { kind: 'name', name: plain };
  return { kind: 'fits', fits: picomatch(name, { nonegate: true, nobrace: true, posix: true }) };
}
