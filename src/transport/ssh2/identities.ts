import { createPrivateKey, type KeyObject, sign as signWith } from 'node:crypto';
import ssh2, { BaseAgent, createAgent, type ParsedKey, type SigningRequestOptions } from 'ssh2';
import type { Target } from '../../inventory/target.js';

/** One key that a user can prove to hold; it signs wherever the private half is. */
export interface Identity {
  readonly method: 'agent' | 'publickey';
  /** A file's name, or an agent key's comment: never the key. */
  readonly detail: string;
  /** The public key as it goes over the wire, in base64: what makes two identities the same. */
  readonly id: string;
  /** An agent that holds this key alone, in ssh2's shape. */
  readonly agent: BaseAgent;
}

/** A key that could not be used, and why. */
export interface UnusableKey {
  readonly detail: string;
  readonly reason: string;
}

type SignCallback = (error?: Error | null, signature?: Buffer) => void;

/**
 * An agent of one key. ssh2 would read the PEM anew for each signature and sign on the main thread; a `KeyObject` is
 * read once and signs in the thread pool.
 */
class OneKeyAgent extends BaseAgent<ParsedKey> {
  readonly #publicKey: ParsedKey;
  readonly #sign: (data: Buffer, hash: string | undefined, done: SignCallback) => void;

  constructor(publicKey: ParsedKey, sign: (data: Buffer, hash: string | undefined, done: SignCallback) => void) {
    super();
    this.#publicKey = publicKey;
    this.#sign = sign;
  }

  override getIdentities(done: (error: Error | undefined, keys?: ParsedKey[]) => void): void {
    done(undefined, [this.#publicKey]);
  }

  override sign(
    _key: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    callback?: SignCallback,
  ): void {
    if (typeof options === 'function') this.#sign(data, undefined, options);
    else if (callback) this.#sign(data, options.hash, callback);
  }
}

/** The digest that a key signs with where SSH names none: part of the key's type (RFC 5656 §6.2.1, RFC 8709 §4). */
function digest(key: KeyObject): string | null {
  switch (key.asymmetricKeyDetails?.namedCurve) {
    case 'prime256v1':
      return 'sha256';
    case 'secp384r1':
      return 'sha384';
    case 'secp521r1':
      return 'sha512';
    default:
      return key.asymmetricKeyType === 'rsa' ? 'sha1' : null;
  }
}

/**
 * The identity in the text of a private key. One that cannot be used says why, and why is never the key. `detail` names it.
 *
 * Throws what a function that fetches the passphrase throws.
 */
export async function readKey(
  detail: string,
  text: string | Buffer,
  passphrase: Target['passphrase'],
): Promise<Identity | UnusableKey> {
  let parsed = parse(text, undefined);
  if (parsed instanceof Error && /passphrase|encrypted/i.test(parsed.message)) {
    if (passphrase === undefined) {
      return { detail, reason: 'it is encrypted and no passphrase was given (`passphrase`, or add it to an agent)' };
    }
    parsed = parse(text, typeof passphrase === 'function' ? await passphrase(detail) : passphrase);
    if (parsed instanceof Error) return { detail, reason: 'the passphrase does not fit it' };
  }
  // ssh2's words on malformed keys may quote them.
  if (parsed instanceof Error) return { detail, reason: 'it is not a private key of a kind that this transport knows' };
  const pem: unknown = parsed.getPrivatePEM();
  if (!parsed.isPrivateKey() || typeof pem !== 'string') {
    return { detail, reason: 'it is a public key: name the private one' };
  }
  const keyObject = createPrivateKey(pem);
  const agent = new OneKeyAgent(parsed, (data, hash, done) => {
    signWith(hash ?? digest(keyObject), data, keyObject, done);
  });
  return { method: 'publickey', detail, id: parsed.getPublicSSH().toString('base64'), agent };
}

function parse(text: string | Buffer, passphrase: string | undefined): ParsedKey | Error {
  const parsed = ssh2.utils.parseKey(text, passphrase);
  const first = Array.isArray(parsed) ? parsed[0] : parsed;
  return first ?? new Error('no key');
}

/**
 * The keys of an agent (SSH agent protocol, draft-miller-ssh-agent), in its order. Throws with a reason in words where
 * the agent does not answer.
 */
export function agentIdentities(socketPath: string): Promise<Identity[]> {
  const agent = createAgent(socketPath);
  return new Promise((resolve, reject) => {
    agent.getIdentities((error, keys) => {
      if (error) {
        reject(new Error(`the agent at ${socketPath} did not answer`));
        return;
      }
      resolve((keys ?? []).flatMap((key) => agentIdentity(agent, key)));
    });
  });
}

function agentIdentity(agent: BaseAgent, key: unknown): Identity[] {
  const parsed = ssh2.utils.parseKey(Buffer.isBuffer(key) || typeof key === 'string' ? key : (key as ParsedKey));
  const first = Array.isArray(parsed) ? parsed[0] : parsed;
  // Keys of kinds that ssh2 cannot name (FIDO, certificates) are the agent's business with other clients.
  if (first === undefined || first instanceof Error) return [];
  const one = new OneKeyAgent(first, (data, hash, done) => {
    const options = hash === 'sha256' || hash === 'sha512' ? { hash } : {};
    agent.sign(first, data, options as SigningRequestOptions, (error, signature) => done(error, signature));
  });
  const comment = first.comment === '' || first.comment === undefined ? first.type : first.comment;
  return [{ method: 'agent', detail: comment, id: first.getPublicSSH().toString('base64'), agent: one }];
}
