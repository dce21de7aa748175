import { ParseError } from '../../core/hawser-error.js';
import type { SecretSource } from '../target.js';
import type { SourcePosition, YamlValue } from '../yaml-source.js';
import { kindOf } from './entries.js';

/** Asks the person for a secret. The text is what the file says, or what the secret is for. */
export type AskSecret = (text: string) => string | Promise<string>;

/** Where the values of a testbed's markups come from. */
export interface MarkupSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly ask: AskSecret | undefined;
}

/** `%ENV{NAME}`, `%{testbed.name}` and their like. */
const MARKUP = /%([A-Z]*)\{([^{}]*)\}/gu;
const WHOLE_ASK = /^%ASK\{([^{}]*)\}$/u;

/** A reference to a reference and so on: a circle is longer than any. */
const LONGEST_CHAIN = 20;

/** Markups that only the programs they were made for can replace, and what to do instead. */
const FOREIGN: ReadonlyMap<string, string> = new Map([
  ['ENC', 'it is encoded with a key of pyATS; take it from the environment with %ENV{NAME}, or ask with %ASK{}'],
  ['CLI', 'it names an argument of the pyats command; use %ENV{NAME, default} instead'],
  ['CALLABLE', 'it calls a function of Python; write what that returns'],
  ['INCLUDE', 'other files are taken in by `extends: FILE` at the top alone'],
  ['INTF', 'interfaces are kept as data only; write the name of the interface'],
]);

/**
 * Replaces the markups of a testbed file: `%ENV{NAME}` and `%ENV{NAME, default}`, `%{path.in.the.file}`, `%{self}` and
 * `%{self.path}` in a device, and `%ASK{text}` where a secret stands.
 */
export class Markup {
  readonly #root: YamlValue;
  readonly #sources: MarkupSources;
  readonly #self: { readonly name: string; readonly value: YamlValue } | undefined;
  /** By where it stands: one question, however many devices have the answer for their password. */
  readonly #asked: Map<string, SecretSource>;

  constructor(
    root: YamlValue,
    sources: MarkupSources,
    self?: { readonly name: string; readonly value: YamlValue },
    asked: Map<string, SecretSource> = new Map(),
  ) {
    this.#root = root;
    this.#sources = sources;
    this.#self = self;
    this.#asked = asked;
  }

  /** The same, within a device. */
  within(name: string, value: YamlValue): Markup {
    return new Markup(this.#root, this.#sources, { name, value }, this.#asked);
  }

  /**
   * The text of a scalar; a number is the text that was written. `what` it is for begins the message of an error, which
   * never repeats the value.
   *
   * @throws ParseError for a list or a map, for nothing, and for a markup that cannot be replaced.
   */
  text(value: YamlValue, what: string): string {
    if (value.kind !== 'scalar') throw new ParseError(`${what} is text, not ${kindOf(value)}`, value.at);
    if (value.value === null) throw new ParseError(`${what} is missing: nothing stands behind its key`, value.at);
    if (typeof value.value !== 'string') return value.source ?? String(value.value);
    return this.#replace(value.value, value.at, 0);
  }

  /**
   * A secret, behind a function so that nothing shows it. `%ASK{text}` asks when the secret is first needed, and once. The
   * function throws a ParseError where a markup cannot be replaced, or nobody can be asked: that is no matter to whoever
   * does without the secret.
   *
   * @throws ParseError for a list or a map, and for nothing.
   */
  secret(value: YamlValue, what: string): () => string | Promise<string> {
    const [whole, question = ''] =
      value.kind === 'scalar' && typeof value.value === 'string' ? (WHOLE_ASK.exec(value.value) ?? []) : [];
    if (whole === undefined) return this.#known(value, what);
    const { ask } = this.#sources;
    if (ask === undefined) {
      return failing(
        new ParseError(
          `${what} is to be asked for with %ASK, and there is nobody to ask: no terminal and no \`prompt\` function. ` +
            'Take it from the environment with %ENV{NAME}',
          value.at,
        ),
      );
    }
    const place = `${value.at.file}:${value.at.line}:${value.at.column}`;
    const known = this.#asked.get(place);
    if (typeof known === 'function') return known;
    let answer: Promise<string> | undefined;
    const once = (): Promise<string> => {
      answer ??= Promise.resolve(ask(question.trim() || what));
      return answer;
    };
    this.#asked.set(place, once);
    return once;
  }

  #known(value: YamlValue, what: string): () => string {
    try {
      const text = this.text(value, what);
      return () => text;
    } catch (error) {
      const isText = value.kind === 'scalar' && value.value !== null;
      if (!isText || !(error instanceof ParseError)) throw error;
      return failing(error);
    }
  }

  /** Plain data in which every markup is replaced. Throws ParseError where one cannot be. */
  data(value: YamlValue, what: string): unknown {
    if (value.kind === 'list') return value.items.map((item) => this.data(item, what));
    if (value.kind === 'map') {
      return Object.fromEntries(value.entries.map((entry) => [entry.key, this.data(entry.value, what)]));
    }
    return typeof value.value === 'string' ? this.#replace(value.value, value.at, 0) : value.value;
  }

  /** Text of what is only kept: a markup that cannot be replaced stays as it is. */
  kept(text: string, at: SourcePosition): string {
    try {
      return this.#replace(text, at, 0);
    } catch (error) {
      if (error instanceof ParseError) return text;
      throw error;
    }
  }

  #replace(text: string, at: SourcePosition, depth: number): string {
    return text.replaceAll(MARKUP, (markup: string, kind: string, inner: string, offset: number) => {
      const place = { ...at, column: at.column + offset };
      if (kind === 'ENV') return this.#variable(inner, place);
      if (kind === '') return this.#reference(inner.trim(), place, depth);
      if (kind === 'ASK') {
        throw new ParseError('%ASK can only be the whole of a password or a passphrase', place);
      }
      const why = FOREIGN.get(kind);
      // Anything else in capitals is no markup: a password may look like that.
      if (why === undefined) return markup;
      throw new ParseError(`%${kind}{…} cannot be used here: ${why}`, place);
    });
  }

  #variable(inner: string, at: SourcePosition): string {
    const [, name = '', fallback] = /^\s*([^,]*?)\s*(?:,\s*(.*?)\s*)?$/su.exec(inner) ?? [];
    const value = this.#sources.env[name] ?? fallback;
    if (value !== undefined) return value;
    throw new ParseError(
      `The environment variable ${JSON.stringify(name)} is not set; export it, or write %ENV{${name}, default}`,
      at,
    );
  }

  #reference(path: string, at: SourcePosition, depth: number): string {
    if (depth >= LONGEST_CHAIN) throw new ParseError('The references %{…} go round in a circle', at);
    const [first = '', ...rest] = path.split('.').map((key) => key.trim());
    const self = first === 'self' ? this.#self : undefined;
    if (self !== undefined && rest.length === 0) return self.name;
    let value: YamlValue | undefined = self?.value ?? this.#root;
    for (const key of self === undefined ? [first, ...rest] : rest) {
      value = value?.kind === 'map' ? value.entries.find((entry) => entry.key === key)?.value : undefined;
    }
    // What stands in the braces may be part of a password.
    if (value === undefined) throw new ParseError('The reference %{…} leads to nothing in this file', at);
    if (value.kind !== 'scalar' || value.value === null) {
      throw new ParseError(`The reference %{…} leads to ${kindOf(value)} where text is needed`, at);
    }
    if (typeof value.value !== 'string') return value.source ?? String(value.value);
    return this.#replace(value.value, at, depth + 1);
  }
}

function failing(error: ParseError): () => never {
  return () => {
    throw error;
  };
}
