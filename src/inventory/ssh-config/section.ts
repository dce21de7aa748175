import type { Condition } from './condition.js';
import type { Directive } from './options.js';

/** A run of lines that apply together: when every one of the conditions holds. Outer conditions come first. */
export interface Section {
  readonly conditions: readonly Condition[];
  readonly directives: Directive[];
  /** Its place among all sections. */
  readonly order: number;
}

/**
 * Finds the sections that may apply to a name without testing them all: those that can only apply to certain names are
 * found by name, so that thousands of `Host` blocks cost a resolve one look into a map.
 */
export class SectionIndex {
  readonly #byName = new Map<string, Section[]>();
  readonly #others: Section[] = [];

  constructor(sections: readonly Section[]) {
    for (const section of sections) {
      const names = section.conditions.find((condition) => condition.names !== undefined)?.names;
      if (names === undefined) this.#others.push(section);
      for (const name of new Set(names)) {
        const known = this.#byName.get(name);
        if (known === undefined) this.#byName.set(name, [section]);
        else known.push(section);
      }
    }
  }

  /** The sections that may apply to a name, in the order of the file. */
  candidates(name: string): readonly Section[] {
    const named = this.#byName.get(name);
    if (named === undefined) return this.#others;
    return [...named, ...this.#others].sort((one, other) => one.order - other.order);
  }
}
