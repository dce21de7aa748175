import type { ConfigReader } from './config-reader.js';

const MAGIC = /[*?[]/;

/**
 * The paths that an absolute pattern of glob(7) may name, sorted by their bytes: `*`, `?` and `[…]` within one name,
 * and a leading dot only by a dot. A path without wildcards is returned whether it exists or not.
 */
export function expandGlob(pattern: string, reader: ConfigReader): readonly string[] {
  if (!MAGIC.test(pattern)) return [withoutEscapes(pattern)];
  const root = /^(?:[A-Za-z]:)?\//.exec(pattern)?.[0] ?? '';
  let paths = [root];
  for (const segment of pattern.slice(root.length).split('/')) {
    if (segment === '') continue;
    paths = paths.flatMap((path) => namesIn(path, segment, reader).map((name) => join(path, name)));
  }
  return paths.sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
}

function namesIn(directory: string, segment: string, reader: ConfigReader): readonly string[] {
  if (!MAGIC.test(segment)) return [withoutEscapes(segment)];
  const test = compileSegment(segment);
  try {
    return reader.readDirectory(directory === '' ? '.' : directory).filter((name) => test.test(name));
  } catch {
    // What cannot be listed matches nothing, as in glob(3).
    return [];
  }
}

function join(directory: string, name: string): string {
  return directory === '' || directory.endsWith('/') ? `${directory}${name}` : `${directory}/${name}`;
}

function withoutEscapes(text: string): string {
  return text.replace(/\\([\s\S])/g, '$1');
}

function compileSegment(segment: string): RegExp {
  const source = segment.replace(/\\([\s\S])|\[([!^]?)(\]?[^\]]*)\]|[\s\S]/g, (found, escaped, not, set) => {
    if (escaped !== undefined) return quote(escaped);
    if (set !== undefined) return `[${not === '' ? '' : '^'}${set.replace(/[\\\]^[]/g, '\\$&')}]`;
    if (found === '*') return '[^]*';
    return found === '?' ? '[^]' : quote(found);
  });
  return new RegExp(`^${segment.startsWith('.') ? '' : '(?!\\.)'}${source}$`);
}

function quote(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
