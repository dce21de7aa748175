import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Negotiation } from '../../../../src/transport/telnet/negotiation.js';
import type { Verb } from '../../../../src/transport/telnet/telnet-codes.js';

const [WILL, WONT, DO, DONT] = [251, 252, 253, 254] as const;

const verbs = fc.constantFrom<Verb>(WILL, WONT, DO, DONT);
const words = fc.tuple(verbs, fc.oneof(fc.constantFrom(0, 1, 3, 24, 31), fc.nat(255)));

describe('the negotiation of options', () => {
  it('agrees to echo and no go-ahead of the far side, and to bytes as they are', () => {
    const negotiation = new Negotiation(true);
    for (const option of [0, 1, 3]) {
      expect(negotiation.hear(WILL, option)).toBe(DO);
      expect(negotiation.has('theirs', option)).toBe(true);
    }
  });

  it('tells type and size of a terminal, where there is one, and echoes never', () => {
    const answers = (negotiation: Negotiation) => [0, 1, 3, 24, 31].map((option) => negotiation.hear(DO, option));
    expect(answers(new Negotiation(true))).toEqual([WILL, WONT, WILL, WILL, WILL]);
    expect(answers(new Negotiation(false))).toEqual([WILL, WONT, WILL, WONT, WONT]);
  });

  it('refuses what else there is, each time that it is offered', () => {
    const negotiation = new Negotiation(true);
    const others = [2, 4, 5, 6, 18, 32, 33, 34, 35, 36, 37, 38, 39, 44, 46, 255];
    for (const option of [...others, ...others]) {
      expect(negotiation.hear(DO, option)).toBe(WONT);
      expect(negotiation.hear(WILL, option)).toBe(DONT);
    }
  });

  it('says nothing to what changes nothing (RFC 1143)', () => {
    const negotiation = new Negotiation(true);
    expect(negotiation.hear(WONT, 1)).toBeUndefined();
    expect(negotiation.hear(DONT, 31)).toBeUndefined();
    negotiation.hear(WILL, 1);
    expect(negotiation.hear(WILL, 1)).toBeUndefined();
  });

  it('always agrees to the end of an option', () => {
    const negotiation = new Negotiation(true);
    negotiation.hear(WILL, 1);
    negotiation.hear(DO, 31);
    expect([negotiation.hear(WONT, 1), negotiation.has('theirs', 1)]).toEqual([DONT, false]);
    expect([negotiation.hear(DONT, 31), negotiation.has('ours', 31)]).toEqual([WONT, false]);
  });

  it('gives each word at most one answer, about the same side of the same option', () => {
    fc.assert(
      fc.property(fc.array(words), (said) => {
        const negotiation = new Negotiation(true);
        for (const [verb, option] of said) {
          const answer = negotiation.hear(verb, option);
          if (answer === undefined) continue;
          expect(verb === WILL || verb === WONT ? [DO, DONT] : [WILL, WONT]).toContain(answer);
          // What it says is what it holds.
          const side = verb === WILL || verb === WONT ? 'theirs' : 'ours';
          expect(negotiation.has(side, option)).toBe(answer === DO || answer === WILL);
        }
      }),
    );
  });

  it('comes to rest with a side that asks as it should, however often that changes its mind', () => {
    // Wishes of the asking side for an option, and how many words are under way in between.
    const wishes = fc.array(fc.tuple(fc.constantFrom(1, 3, 24, 39), fc.boolean(), fc.nat(3)), { maxLength: 30 });
    fc.assert(
      fc.property(wishes, fc.boolean(), (changes, terminal) => {
        const asking = new AskingSide();
        const answering = new Negotiation(terminal);
        const toUs: Word[] = [];
        const toThem: Word[] = [];
        const carryOne = (): void => {
          const word = toUs.shift();
          const answer = word && answering.hear(...word);
          if (word && answer !== undefined) toThem.push([answer, word[1]]);
          const heard = toThem.shift();
          if (heard) toUs.push(...asking.hear(...heard));
        };
        for (const [option, wanted, carried] of changes) {
          toUs.push(...asking.ask(option, wanted));
          for (let n = 0; n < carried; n += 1) carryOne();
        }
        for (let n = 0; toUs.length + toThem.length > 0; n += 1) {
          expect(n).toBeLessThan(10 * (changes.length + 1));
          carryOne();
        }
        for (const [option] of changes) expect(answering.has('ours', option)).toBe(asking.holds(option));
      }),
      { numRuns: 1000 },
    );
  });
});

type Word = [verb: Verb, option: number];
type Asked = 'no' | 'yes' | 'want-no' | 'want-no-but-yes' | 'want-yes' | 'want-yes-but-no';

/** A side that asks the other one to use options, by all six states of RFC 1143 §7. */
class AskingSide {
  readonly #states = new Map<number, Asked>();

  holds(option: number): boolean {
    return this.#states.get(option) === 'yes';
  }

  ask(option: number, wanted: boolean): Word[] {
    const state = this.#states.get(option) ?? 'no';
    const yes: Record<Asked, Asked> = {
      no: 'want-yes',
      yes: 'yes',
      'want-no': 'want-no-but-yes',
      'want-no-but-yes': 'want-no-but-yes',
      'want-yes': 'want-yes',
      'want-yes-but-no': 'want-yes',
    };
    const no: Record<Asked, Asked> = {
      no: 'no',
      yes: 'want-no',
      'want-no': 'want-no',
      'want-no-but-yes': 'want-no',
      'want-yes': 'want-yes-but-no',
      'want-yes-but-no': 'want-yes-but-no',
    };
    this.#states.set(option, (wanted ? yes : no)[state]);
    if (wanted && state === 'no') return [[DO, option]];
    return !wanted && state === 'yes' ? [[DONT, option]] : [];
  }

  hear(verb: Verb, option: number): Word[] {
    const state = this.#states.get(option) ?? 'no';
    const steps: Record<Asked, { will: [Asked, Verb?]; wont: [Asked, Verb?] }> = {
      no: { will: ['no', DONT], wont: ['no'] },
      yes: { will: ['yes'], wont: ['no', DONT] },
      'want-no': { will: ['no'], wont: ['no'] },
      'want-no-but-yes': { will: ['yes'], wont: ['want-yes', DO] },
      'want-yes': { will: ['yes'], wont: ['no'] },
      'want-yes-but-no': { will: ['want-no', DONT], wont: ['no'] },
    };
    const [next, say] = steps[state][verb === WILL ? 'will' : 'wont'];
    this.#states.set(option, next);
    return say === undefined ? [] : [[say, option]];
  }
}
