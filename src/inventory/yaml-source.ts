import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { OptionError, ParseError } from '../core/hawser-error.js';

/** Where something stands in a file, for a {@link ParseError}. */
export interface SourcePosition {
  readonly file: string | undefined;
  readonly line: number;
  readonly column: number;
}

/**
 * A value of a YAML text, as far as files of ours use YAML, together with where it stands. `source` is there for a number:
 * as it was written, for where `007` is a name and not 7.
 */
export type YamlValue =
  | { readonly kind: 'map'; readonly entries: readonly YamlEntry[]; readonly at: SourcePosition }
  | { readonly kind: 'list'; readonly items: readonly YamlValue[]; readonly at: SourcePosition }
  | { readonly kind: 'scalar'; readonly value: YamlScalar; readonly source?: string; readonly at: SourcePosition };

/** A scalar of YAML's core schema; dates and binary data are not in it. */
export type YamlScalar = string | number | boolean | bigint | null;

/** One key of a map. `at` is where the key stands, `value.at` where its value does. */
export interface YamlEntry {
  readonly key: string;
  readonly at: SourcePosition;
  readonly value: YamlValue;
}

/** No file of ours is deeper, and an alias that holds itself is. */
const DEEPEST = 20;

/** Aliases can make a few lines into billions of values. */
const MOST_VALUES = 1_000_000;

/**
 * Reads a YAML 1.2 text of one document and keeps where everything stands. A position is that of the text inside of
 * quotes, so that a column within the text counts from there (past an escape it falls short).
 *
 * @throws ParseError for text that is no YAML, has a key twice, a key that is no text, or a tag that is not YAML's own.
 */
export function readYaml(text: string, file?: string): YamlValue {
  if (typeof text !== 'string') throw new OptionError(`Expected YAML to be a string, got ${typeof text}`);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const position = (offset: number): SourcePosition => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) {
    // The parser quotes the token that it fell over, which may be a secret.
    throw new ParseError(`This is no YAML: ${problem.message.replace(/: ".*$/su, '')}`, position(problem.pos[0]));
  }

  let count = 0;
  const convert = (node: Node | null, depth: number, fallback: SourcePosition): YamlValue => {
    if (isAlias(node)) return convert(node.resolve(document) ?? null, depth + 1, fallback);
    const at = node?.range == null ? fallback : position(node.range[0] + quoteLength(text, node.range[0]));
    count += 1;
    if (depth > DEEPEST || count > MOST_VALUES) throw new ParseError('The YAML is nested too deeply or too large', at);
    if (isMap<Node, Node | null>(node)) {
      const entries = node.items.map(({ key, value }): YamlEntry => {
        const name = convert(key, depth + 1, at);
        if (name.kind !== 'scalar' || typeof name.value !== 'string')
          throw new ParseError('A key must be text', name.at);
        return { key: name.value, at: name.at, value: convert(value, depth + 1, name.at) };
      });
      return { kind: 'map', entries, at };
    }
    if (isSeq<Node | null>(node)) {
      return { kind: 'list', items: node.items.map((item) => convert(item, depth + 1, at)), at };
    }
    const value = isScalar(node) ? node.value : null;
    if (!isYamlScalar(value)) throw new ParseError('Only text, numbers, booleans, lists and maps can stand here', at);
    const source = isScalar(node) && typeof value === 'number' ? node.source : undefined;
    return { kind: 'scalar', value, ...(source === undefined ? {} : { source }), at };
  };
  return convert(document.contents, 0, position(0));
}

/** The value as plain data, as `JSON.parse` would have given it. */
export function plainYaml(value: YamlValue): unknown {
  switch (value.kind) {
    case 'map':
      return Object.fromEntries(value.entries.map((entry) => [entry.key, plainYaml(entry.value)]));
    case 'list':
      return value.items.map(plainYaml);
    case 'scalar':
      return value.value;
  }
}

function quoteLength(text: string, offset: number): number {
  return text[offset] === '"' || text[offset] === "'" ? 1 : 0;
}

function isYamlScalar(value: unknown): value is YamlScalar {
  return value === null || ['string', 'number', 'boolean', 'bigint'].includes(typeof value);
}
