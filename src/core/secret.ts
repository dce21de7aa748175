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

/**
 * Copies `value`, with the named fields readable by name alone: no `inspect`, JSON or spread shows them. A spread leaves
 * them out, so whoever copies what this returns uses {@link revealed}.
 */
export function concealed<T extends object>(value: T, secretFields: readonly (keyof T)[]): T {
  const copy = revealed(value);
  for (const field of secretFields) {
    if (field in copy) {
      Object.defineProperty(copy, field, { value: copy[field], enumerable: false, writable: false });
    }
  }
  return Object.freeze(copy);
}

/** A plain copy of what may be {@link concealed}, secret fields and all. */
export function revealed<T extends object>(value: T): T {
  const copy = { ...value };
  for (const field of Reflect.ownKeys(value)) {
    const descriptor = Object.getOwnPropertyDescriptor(value, field);
    if (descriptor?.enumerable === false) {
      Object.defineProperty(copy, field, { ...descriptor, enumerable: true, writable: true, configurable: true });
    }
  }
  return copy;
}

/** `text` with every occurrence of the given secrets blotted out. Empty secrets are passed over. */
export function redact(text: string, secrets: readonly string[]): string {
  // In one pass and the longest first: a secret that begins with another must not leave its end behind.
  const patterns = secrets
    .filter((secret) => secret !== '')
    .sort((a, b) => b.length - a.length)
    .map((secret) => secret.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return patterns.length === 0 ? text : text.replace(new RegExp(patterns.join('|'), 'g'), HIDDEN);
}
