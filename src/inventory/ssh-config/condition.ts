import type { Word } from './lexer.js';
import { compilePattern, hasWildcard, keyOfPattern } from './pattern.js';
import type { Draft } from './settings.js';
import type { TokenLookup } from './tokens.js';

/** What conditions are tested against while a host's settings are being collected. */
export interface MatchState {
  /** The name that Host lines see: what the user typed, and in the final pass the name that came of it. */
  readonly host: string;
  /** What the user typed. */
  readonly originalHost: string;
  /** The host name to connect to, as far as it is known. */
  hostName(): string;
  readonly finalPass: boolean;
  readonly localUser: string;
  /** What the lines so far have set. */
  readonly draft: Draft;
  /** All tokens, with what is known so far. */
  tokens(): TokenLookup;
}

/** Decides whether the lines below a Host or Match line apply. */
export interface Condition {
  test(state: MatchState): boolean;
  /** Whether the answer depends on what the lines before have set, so that it is another one later. */
  readonly changes: boolean;
  /** Names that fulfil the condition have one of these keys; absent where any name might. An index is made of them. */
  readonly keys?: readonly string[];
}

/** The condition of a Host line: one of its patterns fits, and none of those with a `!` before them does. */
export class HostCondition implements Condition {
  readonly changes = false;
  readonly keys?: readonly string[];
  /** The patterns that name one host and no other. */
  readonly literals: readonly string[];
  readonly #wanted: readonly ((host: string) => boolean)[];
  readonly #refused: readonly ((host: string) => boolean)[];

  constructor(words: readonly Word[]) {
    const wanted = words.map((word) => word.text).filter((text) => !text.startsWith('!'));
    const refused = words.map((word) => word.text).filter((text) => text.startsWith('!'));
    this.literals = wanted.filter((pattern) => !hasWildcard(pattern));
    const keys = wanted.map(keyOfPattern);
    if (keys.every((key) => key !== undefined)) this.keys = keys;
    this.#wanted = wanted.map(compilePattern);
    this.#refused = refused.map((pattern) => compilePattern(pattern.slice(1)));
  }

  test({ host }: MatchState): boolean {
    return !this.#refused.some((test) => test(host)) && this.#wanted.some((test) => test(host));
  }
}

/** One criterion of a Match line; a negated one has been turned round already. */
export type Criterion = (state: MatchState) => boolean;

/** The condition of a Match line: every criterion holds. They are tested in order, so that `exec` runs last if need be. */
export class MatchCondition implements Condition {
  readonly changes = true;
  readonly #criteria: readonly Criterion[];

  constructor(criteria: readonly Criterion[]) {
    this.#criteria = criteria;
  }

  test(state: MatchState): boolean {
    return this.#criteria.every((criterion) => criterion(state));
  }
}
