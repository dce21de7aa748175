import { visible } from '../../core/visible.js';
import type { Target } from '../../inventory/target.js';

/** A question that ssh puts to its user. */
export interface Question {
  readonly prompt: string;
  /** `SSH_ASKPASS_PROMPT` of ssh(1): `'confirm'` wants a yes, `'none'` wants nothing at all. */
  readonly kind: string;
}

/** What ssh puts before a server's own words, so that they are not taken for its own. */
const SERVERS_WORDS = /^\(\S+@\S+\) /;

/**
 * Answers the questions of one ssh with what its target has. A host key is never approved here: `hostKey` and known_hosts
 * decide.
 */
export class Answers {
  readonly #target: Readonly<Target>;
  /** By the question and the key that it is about. */
  readonly #secrets = new Map<string, Promise<string>>();
  #passwordGiven = false;

  constructor(target: Readonly<Target>) {
    this.#target = target;
  }

  /** The answer. Throws, with the reason in words, where there is none. */
  async to({ prompt, kind }: Question): Promise<string> {
    if (kind === 'none') return '';
    if (kind === 'confirm' || /\(yes\/no/.test(prompt)) throw new Error('such questions are not answered');
    if (SERVERS_WORDS.test(prompt)) return this.#interactive(prompt.replace(SERVERS_WORDS, ''));
    const key = /^Enter (?:passphrase|PIN) for (?:.*?key )?'?(.*?)'?:? *$/.exec(prompt)?.[1];
    if (key !== undefined) return this.#reveal('passphrase', key);
    if (/^\S+@\S+'s password: ?$/.test(prompt)) return this.#reveal('password');
    return this.#interactive(prompt);
  }

  /** One question of the server's (RFC 4256); ssh asks them one at a time. */
  async #interactive(prompt: string): Promise<string> {
    const { keyboardInteractive, password } = this.#target;
    if (keyboardInteractive !== undefined) {
      const [answer] = await keyboardInteractive([{ prompt, echo: false }], { name: '', instructions: '' });
      if (answer === undefined) throw new Error('`keyboardInteractive` gave no answer');
      return answer;
    }
    if (password === undefined || this.#passwordGiven || !/password/i.test(prompt)) {
      throw new Error('give `keyboardInteractive` to answer it');
    }
    this.#passwordGiven = true;
    return this.#reveal('password');
  }

  /** Fetches a secret once, however often it is asked for: a passphrase for each key. */
  #reveal(field: 'password' | 'passphrase', key = ''): Promise<string> {
    const source = this.#target[field];
    if (source === undefined) return Promise.reject(new Error(`give \`${field}\` to answer it`));
    let secret = this.#secrets.get(field + key);
    secret ??= Promise.resolve().then(() => (typeof source === 'function' ? source(key) : source));
    this.#secrets.set(field + key, secret);
    return secret;
  }
}

/** Why a question was left without an answer, in words. */
export function unanswered({ prompt }: Question, error: unknown): string {
  const why = error instanceof Error ? error.message : String(error);
  return `It asked ${JSON.stringify(visible(prompt.trim()).slice(0, 200))}: ${why}.`;
}
