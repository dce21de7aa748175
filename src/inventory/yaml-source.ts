import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
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

const MOST_VALUES = 1_000_000;

/** Aliases can make a few lines into billions of values: so many of all values may come by them. */
const MOST_BY_ALIAS = 100_000;

/**
 * Reads a YAML 1.2 text of one document and keeps where everything stands. A position is that of the text inside of
 * quotes, so that a column within the text counts from there (past an escape it falls short).
 *
 * @throws ParseError for text that is no YAML, has a key twice, a key that is no text, or a tag that is not YAML's own; for one
 *   that is nested too deeply, or grows too large by aliases.
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

  const targets = aliasTargets(document);
  let count = 0;
  let byAlias = 0;
  let aliases = 0;
  const convert = (node: Node | null, depth: number, fallback: SourcePosition): YamlValue => {
    if (isAlias(node)) {
      aliases += 1;
      try {
        return convert(targets.get(node) ?? null, depth + 1, fallback);
      } finally {
        aliases -= 1;
      }
    }
    const at = node?.range == null ? fallback : position(node.range[0] + quoteLength(text, node.range[0]));
    count += 1;
    if (aliases > 0) byAlias += 1;
    if (byAlias > MOST_BY_ALIAS) throw new ParseError(`More than ${MOST_BY_ALIAS} values come by aliases`, at);
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

/** What each alias stands for: the last node before it that has its anchor. */
function aliasTargets(document: Document): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Node: (_, node) => {
      if (!isAlias(node)) {
        if (node.anchor !== undefined) anchors.set(node.anchor, node);
        return;
      }
      const target = anchors.get(node.source);
      if (target !== undefined) targets.set(node, target);
    },
  });
  return targets;
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
