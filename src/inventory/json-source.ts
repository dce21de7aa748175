import { ParseError } from '../core/hawser-error.js';

/** Where a value is in a document: the fields and indexes that lead to it. */
export type JsonPath = readonly (string | number)[];

/** A document that was read, and where its values stand. */
export interface JsonSource {
  /** As `JSON.parse` gives it, but that objects have no prototype: a field called `__proto__` is one like any other. */
  readonly value: unknown;
  /** The position of a value, or of the field that holds it; of what is nearest to it where there is no such value. */
  position(path: JsonPath, part?: 'field' | 'value'): { readonly line: number; readonly column: number };
}

/** Where a field's name and its value begin, as offsets. */
interface Place {
  readonly field: number;
  readonly value: number;
}

/** No file of ours is deeper; without a limit a file of brackets would exhaust the stack. */
const DEEPEST = 100;

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})/y;
const SPACE = /[ \t\r\n]*/y;
const WORDS: readonly (readonly [string, unknown])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

/**
 * Reads JSON (RFC 8259) and keeps where everything stands, which `JSON.parse` does not. A field that stands twice in an
 * object is an error: which of them was meant cannot be known. A byte order mark is passed over.
 *
 * @throws ParseError with line and column; it never quotes the text, which may hold a secret.
 */
export function readJson(text: string, file?: string): JsonSource {
  return new JsonReader(text, file).read();
}

class JsonReader {
  readonly #text: string;
  readonly #file: string | undefined;
  readonly #places = new WeakMap<object, Map<string | number, Place>>();
  #at = 0;

  constructor(text: string, file: string | undefined) {
    this.#text = text;
    this.#file = file;
  }

  read(): JsonSource {
    if (this.#text.startsWith('\uFEFF')) this.#at = 1;
    this.#space();
    const start = this.#at;
    const value = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) throw this.#fault('Expected nothing more after the end of the document');
    return { value, position: (path, part) => this.#lineColumn(this.#offset(value, start, path, part ?? 'value')) };
  }

  #value(depth: number): unknown {
    if (depth > DEEPEST) throw this.#fault(`Expected a document of no more than ${DEEPEST} levels`);
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object(depth);
      case '[':
        return this.#list(depth);
      case '"':
        return this.#string();
      default:
        return this.#scalar();
    }
  }

  #object(depth: number): object {
    const object: Record<string, unknown> = Object.create(null);
    const places = new Map<string, Place>();
    this.#places.set(object, places);
    this.#items('}', () => {
      const field = this.#at;
      if (this.#text[field] !== '"') throw this.#fault('Expected the name of a field, in double quotes');
      const name = this.#string();
      if (places.has(name)) throw this.#fault('Expected each field once in an object', field);
      this.#space();
      if (this.#text[this.#at] !== ':') throw this.#fault('Expected ":" after the name of a field');
      this.#at += 1;
      this.#space();
      places.set(name, { field, value: this.#at });
      object[name] = this.#value(depth + 1);
    });
    return object;
  }

  #list(depth: number): unknown[] {
    const list: unknown[] = [];
    const places = new Map<number, Place>();
    this.#places.set(list, places);
    this.#items(']', () => {
      places.set(list.length, { field: this.#at, value: this.#at });
      list.push(this.#value(depth + 1));
    });
    return list;
  }

  /** What stands between two brackets, parted by commas. */
  #items(close: '}' | ']', item: () => void): void {
    this.#at += 1;
    this.#space();
    if (this.#text[this.#at] === close) {
      this.#at += 1;
      return;
    }
    for (;;) {
      item();
      this.#space();
      const next = this.#text[this.#at];
      if (next !== ',' && next !== close) throw this.#fault(`Expected "," or "${close}"`);
      this.#at += 1;
      if (next === close) return;
      this.#space();
    }
  }

  #string(): string {
    const start = this.#at;
    for (let at = start + 1; ; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (code === 0x22) {
        this.#at = at + 1;
        return String(JSON.parse(this.#text.slice(start, this.#at)));
      }
      if (Number.isNaN(code)) throw this.#fault('Expected the text that begins here to end with a double quote', start);
      if (code < 0x20) throw this.#fault('Expected no control character in a text; write \\n and the like', at);
      if (code === 0x5c) {
        const written = this.#match(ESCAPE, at);
        if (written === undefined) throw this.#fault('Expected an escape of JSON after the backslash', at);
        at += written.length - 1;
      }
    }
  }

  #scalar(): unknown {
    for (const [word, value] of WORDS) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return value;
    }
    const number = this.#match(NUMBER, this.#at);
    if (number === undefined) throw this.#fault('Expected a value of JSON');
    this.#at += number.length;
    return Number(number);
  }

  #space(): void {
    this.#at += this.#match(SPACE, this.#at)?.length ?? 0;
  }

  #match(pattern: RegExp, at: number): string | undefined {
    pattern.lastIndex = at;
    return pattern.exec(this.#text)?.[0];
  }

  #fault(what: string, at: number = this.#at): ParseError {
    return new ParseError(`This is no JSON: ${what}`, { file: this.#file, ...this.#lineColumn(at) });
  }

  #offset(root: unknown, start: number, path: JsonPath, part: keyof Place): number {
    let value = root;
    let place: Place = { field: start, value: start };
    for (const step of path) {
      const next = typeof value === 'object' && value !== null ? this.#places.get(value)?.get(step) : undefined;
      if (next === undefined) return place.value;
      place = next;
      value = Reflect.get(Object(value), step);
    }
    return place[part];
  }

  #lineColumn(offset: number): { line: number; column: number } {
    const lines = this.#text.slice(0, offset).split('\n');
    return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
  }
}
