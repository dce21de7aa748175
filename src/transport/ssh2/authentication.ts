import { readFile } from 'node:fs/promises';
import type { AnyAuthMethod, KeyboardInteractiveAuthMethod } from 'ssh2';
import { type AuthAttempt, AuthError } from '../../core/errors.js';
import { expandHome } from '../../core/home.js';
import { visible } from '../../core/visible.js';
import { isKeyText } from '../../inventory/format-target.js';
import type { AuthPrompt, SecretSource } from '../../inventory/target.js';
import { hopName } from '../hop-name.js';
import type { KeySource, SshEndpoint } from './endpoint.js';
import { agentIdentities, type Identity } from './identities.js';
import type { IdentityStore } from './identity-store.js';

type WireMethod = 'publickey' | 'keyboard-interactive' | 'password' | 'none';

/** Something that can be tried, once. */
interface Candidate {
  readonly method: AuthAttempt['method'];
  readonly wire: WireMethod;
  readonly detail: string;
  /** What ssh2 is to do; made when its turn comes. `undefined`: it turned out to be nothing worth a word. */
  readonly start: () => AnyAuthMethod | undefined | Promise<AnyAuthMethod | undefined>;
  /** It is tried by habit and not by anybody's wish: left out of what is told where its turn never came. */
  readonly habit?: boolean;
  /** Somebody is asked for it each time. */
  readonly asks?: boolean;
  /** How often the server said that this method is not for now. */
  putOff: number;
}

/** A server that says of a method first that it will do and then that it won't is not asked for ever. */
const MOST_PUT_OFF = 2;

/**
 * One authentication (RFC 4252): tries what the user has, in order, among what the server says may go on; falls through
 * on refusal, goes on after partial success, and keeps the list of all that was tried.
 */
export class Authentication {
  readonly tried: AuthAttempt[] = [];
  readonly #endpoint: SshEndpoint;
  readonly #candidates: AsyncGenerator<Candidate, undefined>;
  readonly #putOff: Candidate[] = [];
  /** The keys that were offered, each with what offered it: that one may do so again, another may not. */
  readonly #offeredKeys = new Map<string, KeySource | Identity>();
  #current: Candidate | undefined;
  #asked = false;
  #offered: readonly string[] | undefined;
  #trouble: string | undefined;
  #password: Promise<string> | undefined;

  constructor(endpoint: SshEndpoint, identities: IdentityStore) {
    this.#endpoint = endpoint;
    this.#candidates = this.#list(identities);
  }

  /** What ssh2 is to try next; `false` when nothing is left. */
  async next(): Promise<AnyAuthMethod | false> {
    this.#settle('skipped', this.#trouble ?? 'no signature algorithm in common with the server');
    for (;;) {
      const candidate = await this.#pick();
      if (candidate === undefined) return false;
      try {
        const method = await candidate.start();
        if (method === undefined) continue;
        this.#current = candidate;
        this.#trouble = undefined;
        return method;
      } catch (error) {
        this.#note(candidate, 'skipped', error instanceof Error ? error.message : String(error));
      }
    }
  }

  /** The server refused, or was satisfied in part; `methods` may go on (RFC 4252 §5.1). */
  failed(methods: readonly string[], partial: boolean): void {
    this.#offered = methods;
    const current = this.#current;
    if (current === undefined) return;
    if (!partial && !methods.includes(current.wire) && current.putOff < MOST_PUT_OFF) {
      current.putOff += 1;
      this.#putOff.push(current);
      this.#current = undefined;
      return;
    }
    this.#settle(partial ? 'partial' : 'refused', this.#trouble);
  }

  /** The server let the user in. Returns what did it, in words. */
  accepted(): string {
    const { method, detail } = this.#current ?? { method: 'none', detail: '' };
    this.#settle('accepted');
    return detail === '' || detail === method ? method : `${method} ${detail}`;
  }

  /** Whether somebody was asked on the way in, or would be by another connection. */
  get asks(): boolean {
    if (this.#asked) return true;
    // A passphrase is asked for again where the last one was of no use.
    const { passphrase } = this.#endpoint.credentials;
    return typeof passphrase === 'function' && this.tried.some(({ outcome }) => outcome === 'skipped');
  }

  /** Whether anything was tried, or went wrong in trying. */
  get begun(): boolean {
    return this.tried.length > 0 || this.#trouble !== undefined;
  }

  /** Says why the attempt under way will come to nothing, where ssh2 goes on to the next by itself. */
  trouble(reason: string): void {
    this.#trouble = reason;
  }

  /** The error for an authentication that came to its end, or was cut off by the server saying `why`. */
  error(why?: string): AuthError {
    this.#settle('refused', this.#trouble ?? why);
    for (const candidate of this.#putOff.splice(0)) {
      if (candidate.habit === true && candidate.putOff === 0) continue;
      this.#note(candidate, 'skipped', `the server does not offer ${candidate.wire}`);
    }
    const { name, username, credentials } = this.#endpoint;
    const hop = hopName(this.#endpoint);
    const tried = this.tried.map(
      ({ method, detail, outcome, reason }) =>
        `${detail === '' || detail === method ? method : `${method} ${detail}`}${reason === undefined ? (outcome === 'partial' ? ' (accepted, more was asked for)' : '') : ` (${reason})`}`,
    );
    const offered = this.#offered === undefined ? '' : ` It takes ${this.#offered.map(visible).join(', ')}.`;
    const certificates =
      credentials.certificates.length === 0
        ? ''
        : ' The ssh transport cannot use certificates (CertificateFile): the openssh transport can.';
    const list = tried.length === 0 ? 'there was nothing to try' : `tried ${tried.join(', ')}`;
    return new AuthError(
      `${name} (${hop}) did not let user ${visible(username)} in: ${list}.${offered}${certificates}` +
        ' Check the user name, and give a key, an agent or a password that it knows.',
      this.tried,
      { host: name, hop },
    );
  }

  #settle(outcome: AuthAttempt['outcome'], reason?: string): void {
    const current = this.#current;
    this.#current = undefined;
    if (current === undefined) return;
    this.#asked ||= current.asks === true;
    this.#note(current, outcome, reason);
  }

  #note(of: Pick<Candidate, 'method' | 'detail'>, outcome: AuthAttempt['outcome'], reason?: string): void {
    const { method, detail } = of;
    this.tried.push({ method, detail, outcome, ...(reason === undefined ? {} : { reason }) });
  }

  /** The first candidate whose method the server would take now; those of other methods are kept for later. */
  async #pick(): Promise<Candidate | undefined> {
    const possible = (c: Candidate): boolean => this.#offered?.includes(c.wire) ?? true;
    const again = this.#putOff.findIndex(possible);
    if (again !== -1) return this.#putOff.splice(again, 1)[0];
    for (;;) {
      const { value, done } = await this.#candidates.next();
      if (done || value === undefined) return undefined;
      if (possible(value)) return value;
      this.#putOff.push(value);
    }
  }

  async *#list(identities: IdentityStore): AsyncGenerator<Candidate, undefined> {
    const stages: Record<string, () => AsyncIterable<Candidate>> = {
      publickey: () => this.#keys(identities),
      'keyboard-interactive': () => this.#interactives(),
      password: () => this.#passwords(),
    };
    for (const name of this.#endpoint.credentials.preferred ?? Object.keys(stages)) {
      const stage = stages[name];
      if (stage !== undefined) yield* stage();
    }
    return undefined;
  }

  async *#keys(identities: IdentityStore): AsyncGenerator<Candidate, void> {
    const { agent, keys, identitiesOnly } = this.#endpoint.credentials;
    if (agent !== undefined) {
      const only = identitiesOnly ? await publicKeys(keys) : undefined;
      for (const identity of await this.#fromAgent(agent)) {
        if (only !== undefined && !only.has(identity.id)) continue;
        const { method, detail } = identity;
        yield { method, wire: 'publickey', detail, start: () => this.#offer(identity, identity), putOff: 0 };
      }
    }
    for (const source of keys) {
      yield {
        method: 'publickey',
        wire: 'publickey',
        detail: isKeyText(source.key) ? 'the given key' : String(source.key),
        habit: source.origin === 'default',
        start: () => this.#offerFile(source, identities),
        putOff: 0,
      };
    }
  }

  /** Reads a key when its turn has come: a passphrase is asked for by servers that want a key, and by no others. */
  async #offerFile(source: KeySource, identities: IdentityStore): Promise<AnyAuthMethod | undefined> {
    const known = this.#offeredKeys.size === 0 ? [] : await publicKeys([source]);
    if ([...known].some((id) => this.#isOffered(id, source))) return undefined;
    const loaded = await identities.load(source.key, this.#endpoint.credentials.passphrase);
    if (loaded === undefined) {
      if (source.origin === 'default') return undefined;
      throw new Error('no such file');
    }
    if ('reason' in loaded) throw new Error(loaded.reason);
    return this.#offer(loaded, source);
  }

  /** A key is offered once, wherever it comes from: servers count the refusals. */
  #offer({ id, agent }: Identity, by: KeySource | Identity): AnyAuthMethod | undefined {
    if (this.#isOffered(id, by)) return undefined;
    this.#offeredKeys.set(id, by);
    return { type: 'agent', username: this.#endpoint.username, agent };
  }

  #isOffered(id: string, by: KeySource | Identity): boolean {
    const first = this.#offeredKeys.get(id);
    return first !== undefined && first !== by;
  }

  async *#interactives(): AsyncGenerator<Candidate, void> {
    const { keyboardInteractive, password } = this.#endpoint.credentials;
    if (keyboardInteractive !== undefined) {
      yield { ...this.#interactive('keyboard-interactive', keyboardInteractive), asks: true };
    } else if (password !== undefined) {
      // Servers that ask through PAM often offer no "password" method, and mean the same.
      yield {
        ...this.#interactive('with the password', passwordAnswers(this.#reveal(password))),
        asks: typeof password === 'function',
      };
    }
  }

  async *#passwords(): AsyncGenerator<Candidate, void> {
    const { username, credentials } = this.#endpoint;
    const { password } = credentials;
    if (password === undefined) return;
    const reveal = this.#reveal(password);
    yield {
      method: 'password',
      wire: 'password',
      detail: 'password',
      start: async () => ({ type: 'password', username, password: await reveal() }),
      asks: typeof password === 'function',
      putOff: 0,
    };
  }

  /** Fetches the password once, however often it is asked for. */
  #reveal(password: SecretSource): () => Promise<string> {
    return async () => {
      this.#password ??= Promise.resolve(typeof password === 'function' ? password() : password);
      return this.#password;
    };
  }

  async #fromAgent(socketPath: string): Promise<readonly Identity[]> {
    try {
      const identities = await agentIdentities(socketPath);
      if (identities.length === 0) this.#note({ method: 'agent', detail: socketPath }, 'skipped', 'it holds no keys');
      return identities;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#note({ method: 'agent', detail: socketPath }, 'skipped', reason);
      return [];
    }
  }

  #interactive(
    detail: string,
    answer: (
      prompts: readonly AuthPrompt[],
      info: { name: string; instructions: string },
    ) => Promise<readonly string[]>,
  ): Candidate {
    const prompt: KeyboardInteractiveAuthMethod['prompt'] = (name, instructions, _language, prompts, finish) => {
      const asked = prompts.map((p) => ({ prompt: p.prompt, echo: p.echo === true }));
      Promise.resolve(answer(asked, { name, instructions }))
        .then((answers) => {
          if (answers.length !== prompts.length) {
            throw new Error(`it asked ${prompts.length} questions and got ${answers.length} answers`);
          }
          finish([...answers]);
        })
        .catch((error: unknown) => {
          this.trouble(error instanceof Error ? error.message : String(error));
          // Answers that are none make the server refuse, and the next method has its turn.
          finish(prompts.map(() => ''));
        });
    };
    const { username } = this.#endpoint;
    return {
      method: 'keyboard-interactive',
      wire: 'keyboard-interactive',
      detail,
      start: () => ({ type: 'keyboard-interactive', username, prompt }),
      putOff: 0,
    };
  }
}

/** Answers one hidden question with the password, and no other: it may be a code that is asked for. */
function passwordAnswers(
  reveal: () => Promise<string>,
): (prompts: readonly AuthPrompt[]) => Promise<readonly string[]> {
  let given = false;
  return async (prompts: readonly AuthPrompt[]): Promise<readonly string[]> => {
    const [only] = prompts;
    if (given || prompts.length !== 1 || only === undefined || only.echo) {
      throw new Error('the server asks for more than a password: give `keyboardInteractive`');
    }
    given = true;
    return [await reveal()];
  };
}

/** The public halves of key files, from the `.pub` files beside them: known without asking for any passphrase. */
async function publicKeys(sources: readonly KeySource[]): Promise<Set<string>> {
  const ids = new Set<string>();
  for (const { key } of sources) {
    if (typeof key !== 'string' || isKeyText(key)) continue;
    const path = expandHome(key);
    const text = await readFile(path.endsWith('.pub') ? path : `${path}.pub`, 'utf8').catch(() => '');
    const id = text.trim().split(/\s+/)[1];
    if (id !== undefined) ids.add(id);
  }
  return ids;
}
