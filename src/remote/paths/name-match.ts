import { type NameTest, nameTest } from './name-pattern.js';

/** One step of a pattern over names: a name that it takes, or `**`, any number of names. */
export type Step = NameTest | '**';

/** The steps of a pattern. */
export function patternSteps(names: readonly string[], ignoreCase: boolean): Step[] {
  return names.map((name) => (name === '**' ? name : nameTest(name, ignoreCase)));
}

/** Whether the steps take exactly these names. */
export function matchNames(steps: readonly Step[], names: readonly string[]): boolean {
  // The places among the names that the steps so far may lead to.
  let places = new Set([0]);
  for (const step of steps) {
    const next = new Set<number>();
    for (const place of places) {
      if (step === '**') {
        for (let at = place; at <= names.length; at += 1) next.add(at);
        break;
      }
      const name = names[place];
      if (name !== undefined && step(name)) next.add(place + 1);
    }
    places = next;
  }
  return places.has(names.length);
}
