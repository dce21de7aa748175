import { Command, Option, type Verb } from './telnet-codes.js';

/** Whose side of an option is meant: each has its own state (RFC 855). */
export type Side = 'ours' | 'theirs';

/** What the far side says about an option: that it offers it or wants it, or that it does not. */
type Word = 'for' | 'against';

/** Where one side of an option stands then, and whether that is to be said. */
interface Step {
  readonly on: boolean;
  readonly answer: boolean;
}

/**
 * The Q method (RFC 1143 §7) for a side that never asks: of its six states there are two, since nothing is ever waited
 * for. By state, then by word and by whether the option is one of those that are agreed to. Only what changes the state,
 * or is refused, is answered; so no answer is answered, and there are no loops.
 */
const Q_METHOD: Readonly<Record<'on' | 'off', Readonly<Record<'for agreed' | 'for refused' | 'against', Step>>>> = {
  off: {
    'for agreed': { on: true, answer: true },
    'for refused': { on: false, answer: true },
    against: { on: false, answer: false },
  },
  on: {
    'for agreed': { on: true, answer: false },
    'for refused': { on: true, answer: false },
    against: { on: false, answer: true },
  },
};

const MEANINGS: Readonly<Record<Verb, { readonly side: Side; readonly word: Word }>> = {
  [Command.WILL]: { side: 'theirs', word: 'for' },
  [Command.WONT]: { side: 'theirs', word: 'against' },
  [Command.DO]: { side: 'ours', word: 'for' },
  [Command.DONT]: { side: 'ours', word: 'against' },
};

const ANSWERS: Readonly<Record<Side, { readonly on: Verb; readonly off: Verb }>> = {
  ours: { on: Command.WILL, off: Command.WONT },
  theirs: { on: Command.DO, off: Command.DONT },
};

/**
 * Which options the two sides have agreed on. It asks for nothing by itself: a console that does not speak telnet at all
 * never gets a byte that was not typed. Every offer is answered, for servers wait for that before they ask for a name.
 */
export class Negotiation {
  readonly #agreed: Readonly<Record<Side, ReadonlySet<number>>>;
  readonly #on: Readonly<Record<Side, Set<number>>> = { ours: new Set(), theirs: new Set() };

  /** @param terminal whether there is a terminal, whose type and size may be told. */
  constructor(terminal: boolean) {
    const both = [Option.BINARY, Option.SUPPRESS_GO_AHEAD];
    const ofTerminal = [Option.TERMINAL_TYPE, Option.WINDOW_SIZE];
    this.#agreed = {
      ours: new Set(terminal ? [...both, ...ofTerminal] : both),
      theirs: new Set([...both, Option.ECHO]),
    };
  }

  /** Whether that side has the option now. */
  has(side: Side, option: number): boolean {
    return this.#on[side].has(option);
  }

  /** Takes the far side's word, and returns the answer that is due, where one is. */
  hear(verb: Verb, option: number): Verb | undefined {
    const { side, word } = MEANINGS[verb];
    const case_ = word === 'against' ? word : this.#agreed[side].has(option) ? 'for agreed' : 'for refused';
    const { on, answer } = Q_METHOD[this.has(side, option) ? 'on' : 'off'][case_];
    if (on) this.#on[side].add(option);
    else this.#on[side].delete(option);
    return answer ? ANSWERS[side][on ? 'on' : 'off'] : undefined;
  }
}
