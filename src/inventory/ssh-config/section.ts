import type { Condition } from './condition.js';
import type { Directive } from './options.js';
import { keysOfName } from './pattern.js';

/** A run of lines that apply together: when every one of the conditions holds. Outer conditions come first. */
export interface Section {
  readonly conditions: readonly Condition[];
  readonly directives: Directive[];
  /** Its place among all sections. */
  readonly order: number;
}

/**
 * Finds the sections that may apply to a name without testing them all: those that can only apply to names that are
 * known, or begin or end in a known way, are found by that, so that thousands of `Host` blocks cost a resolve a few looks
 * into a map.
 */
export class SectionIndex {
  readonly #byKey = new Map<string, Section[]>();
  readonly #others: Section[] = [];

  constructor(sections: readonly Section[]) {
    for (const section of sections) {
      const keys = section.conditions.find((condition) => condition.keys !== undefined)?.keys;
      if (keys === undefined) this.#others.push(section);
      for (const key of keys ?? []) {
        const known = this.#byKey.get(key);
        if (known === undefined) this.#byKey.set(key, [section]);
        else known.push(section);
      }
    }
  }

  /** The sections that may apply to a name, in the order of the file. */
  candidates(name: string): readonly Section[] {
    const found = new Set(keysOfName(name).flatMap((key) => this.#byKey.get(key) ?? []));
    if (found.size === 0) return this.#others;
    return [...found, ...this.#others].sort((one, other) => one.order - other.order);
  }
}
