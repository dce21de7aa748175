import { ParseError } from '../../core/hawser-error.js';
import { nearestName } from '../../core/nearest-name.js';
import type { YamlEntry, YamlValue } from '../yaml-source.js';

/** Reads one value; `what` names it in errors. */
export type ReadYaml<T> = (value: YamlValue, what: string) => T;

/** The fields of a YAML map, each read at most once. Every error is a {@link ParseError} where the fault stands. */
export class YamlFields {
  readonly #entries: ReadonlyMap<string, YamlEntry>;
  readonly #value: YamlValue;
  readonly #what: string;

  /** Throws for what is no map, and for a key that is not among `known`. */
  constructor(value: YamlValue, what: string, known: readonly string[]) {
    if (value.kind !== 'map') throw new ParseError(`Expected ${what} to be a map`, value.at);
    for (const { key, at } of value.entries) {
      if (known.includes(key)) continue;
      const meant = nearestName(key, known);
      const hint = meant === undefined ? `known are ${known.join(', ')}` : `did you mean ${JSON.stringify(meant)}?`;
      throw new ParseError(`There is no ${JSON.stringify(key)} in ${what}; ${hint}`, at);
    }
    this.#entries = new Map(value.entries.map((entry) => [entry.key, entry]));
    this.#value = value;
    this.#what = what;
  }

  /** A field that has to be there. */
  need<T>(key: string, read: ReadYaml<T>): T {
    const entry = this.#entries.get(key);
    if (entry !== undefined) return read(entry.value, `\`${key}\` of ${this.#what}`);
    throw new ParseError(`Expected ${this.#what} to have ${JSON.stringify(key)}`, this.#value.at);
  }

  /** A field, or `undefined`. */
  find<T>(key: string, read: ReadYaml<T>): T | undefined {
    return this.#entries.has(key) ? this.need(key, read) : undefined;
  }
}

/** Text that is not empty. */
export const readText: ReadYaml<string> = (value, what) => {
  if (value.kind === 'scalar' && typeof value.value === 'string' && value.value !== '') return value.value;
  throw new ParseError(`Expected ${what} to be text that is not empty`, value.at);
};

/** `true` or `false`. */
export const readBoolean: ReadYaml<boolean> = (value, what) => {
  if (value.kind === 'scalar' && typeof value.value === 'boolean') return value.value;
  throw new ParseError(`Expected ${what} to be true or false`, value.at);
};

/** A regular expression: its source as text, or a map of `regex` and `flags` (those of JavaScript but for `g` and `y`). */
export const readPattern: ReadYaml<RegExp> = (value, what) => {
  const fields = value.kind === 'map' ? new YamlFields(value, what, ['regex', 'flags']) : undefined;
  const source = fields === undefined ? readText(value, what) : fields.need('regex', readText);
  const flags = fields?.find('flags', readText) ?? '';
  if (!/^[dimsuv]*$/.test(flags))
    throw new ParseError(`Expected the flags of ${what} to be among d, i, m, s, u, v`, value.at);
  try {
    return new RegExp(source, flags);
  } catch (error) {
    throw new ParseError(`${what} is no regular expression: ${error instanceof Error ? error.message : ''}`, value.at);
  }
};

/** A list of what `read` reads. */
export function readList<T>(read: ReadYaml<T>): ReadYaml<readonly T[]> {
  return (value, what) => {
    if (value.kind !== 'list') throw new ParseError(`Expected ${what} to be a list`, value.at);
    return value.items.map((item, index) => read(item, `${what} (${index + 1})`));
  };
}
