import ssh2, { type AuthContext, type KeyboardAuthContext, type ParsedKey, type PublicKeyAuthContext } from 'ssh2';
import { OptionError } from '../core/hawser-error.js';
import type { TestAuthMethod, TestCredentials, TestRound } from './credentials.js';

/** The keys of `authorized_keys` lines. Throws {@link OptionError} for one that cannot be read. */
export function parseAuthorizedKeys(lines: readonly string[]): ParsedKey[] {
  return lines.map((line) => {
    const key = ssh2.utils.parseKey(line);
    if (key instanceof Error) {
      throw new OptionError(
        `Expected the \`authorizedKeys\` option to hold public keys, one a string such as "ssh-ed25519 AAAA…": ${key.message}.`,
      );
    }
    return key;
  });
}

/** What became of one request: a key that is only asked about has no verdict yet. */
export type AuthVerdict = 'accepted' | 'partial' | 'refused' | 'asked';

/** Judges the authentication requests of one connection (RFC 4252), which may need several methods in order. */
export class Authenticator {
  readonly #credentials: TestCredentials;
  readonly #keys: readonly ParsedKey[];
  #passed = 0;

  constructor(credentials: TestCredentials) {
    this.#credentials = credentials;
    this.#keys = parseAuthorizedKeys(credentials.authorizedKeys);
  }

  /** Judges one request and answers it. */
  async answer(context: AuthContext, refuseAll: boolean): Promise<AuthVerdict> {
    const open = this.#open();
    const wanted = open.find((method) => method === context.method);
    const { username, otherUsers } = this.#credentials;
    const known = wanted !== undefined && [username, ...otherUsers].includes(context.username) && !refuseAll;
    const verdict = known ? await this.#judge(context) : 'refused';
    if (verdict === 'asked') {
      context.accept();
      return verdict;
    }
    if (verdict === 'refused') {
      context.reject(open);
      return verdict;
    }
    this.#passed += 1;
    const { auth } = this.#credentials;
    if (auth !== undefined && this.#passed < auth.length) {
      context.reject(this.#open(), true);
      return 'partial';
    }
    context.accept();
    return 'accepted';
  }

  /** The methods that can continue. */
  #open(): TestAuthMethod[] {
    const { auth, password, rounds, authorizedKeys } = this.#credentials;
    if (auth !== undefined) return auth.slice(this.#passed, this.#passed + 1);
    const any: TestAuthMethod[] = [];
    if (authorizedKeys.length > 0) any.push('publickey');
    if (password !== undefined) any.push('password');
    if (rounds !== undefined) any.push('keyboard-interactive');
    return any;
  }

  async #judge(context: AuthContext): Promise<'accepted' | 'refused' | 'asked'> {
    if (context.method === 'publickey') return this.#judgeKey(context);
    if (context.method === 'password') {
      return context.password === this.#credentials.password ? 'accepted' : 'refused';
    }
    if (context.method === 'keyboard-interactive') return this.#ask(context);
    return 'refused';
  }

  #judgeKey(context: PublicKeyAuthContext): 'accepted' | 'refused' | 'asked' {
    const key = this.#keys.find((candidate) => candidate.getPublicSSH().equals(context.key.data));
    if (key === undefined) return 'refused';
    const { signature, blob, hashAlgo } = context;
    if (signature === undefined || blob === undefined) return 'asked';
    return key.verify(blob, signature, hashAlgo) === true ? 'accepted' : 'refused';
  }

  async #ask(context: KeyboardAuthContext): Promise<'accepted' | 'refused'> {
    for (const round of this.#credentials.rounds ?? []) {
      if (!(await askRound(context, round))) return 'refused';
    }
    return 'accepted';
  }
}

/** Whether every question of the round was answered rightly. An interrupted round was not. */
function askRound(context: KeyboardAuthContext, round: TestRound): Promise<boolean> {
  const prompts = round.questions.map(({ prompt, echo }) => ({ prompt, echo: echo ?? false }));
  return new Promise((resolve) => {
    // ssh2 hands an Error instead of answers to a round that the client gave up for another method.
    context.prompt(prompts, round.name ?? '', round.instructions ?? '', (answers: readonly string[] | Error) => {
      resolve(
        Array.isArray(answers) &&
          answers.length === prompts.length &&
          round.questions.every(({ answer }, i) => answers[i] === answer),
      );
    });
  });
}
