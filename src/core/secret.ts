const HIDDEN = '[secret]';

/** A value that never shows (a private field is not inspected): not in `console.log`, `JSON.stringify`, a template string, or an error. */
export class Secret<T = string> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /** The value itself, for the one place that must have it. */
  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }
}

/** Copies `value`, with the named fields readable by name alone: no `inspect`, JSON or spread shows them. */
export function concealed<T extends object>(value: T, secretFields: readonly (keyof T)[]): T {
  const copy = { ...value };
  for (const field of secretFields) {
    if (field in copy) {
      Object.defineProperty(copy, field, { value: copy[field], enumerable: false, writable: false });
    }
  }
  return Object.freeze(copy);
}

/** `text` with every occurrence of the given secrets blotted out. Empty secrets are passed over. */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret !== '') clean = clean.replaceAll(secret, HIDDEN);
  }
  return clean;
}
