import { readFile } from 'node:fs/promises';
import { expandHome } from '../../core/home.js';
import { isKeyText } from '../../inventory/format-target.js';
import type { Target } from '../../inventory/target.js';
import type { Identity, UnusableKey } from './identities.js';

/** What came of reading a key; `undefined`: there is no such file. */
type LoadedKey = Identity | UnusableKey | undefined;

/** Reads private keys once each, however many connections use them: an encrypted one costs a tenth of a second. */
export class IdentityStore {
  /** By key, then by what decrypts it: what one connection has no passphrase for, another may have. */
  readonly #keys = new Map<string, Map<Target['passphrase'], Promise<LoadedKey>>>();

  /**
   * The identity in a key file or a key's text. `undefined`: no such file. A key that cannot be used says why, and why
   * is never the key; it is read anew the next time, since a passphrase may have been mistyped.
   */
  load(key: string | Buffer, passphrase: Target['passphrase']): Promise<LoadedKey> {
    const id = typeof key === 'string' ? key : key.toString('latin1');
    let byPassphrase = this.#keys.get(id);
    if (byPassphrase === undefined) {
      byPassphrase = new Map();
      this.#keys.set(id, byPassphrase);
    }
    const known = byPassphrase.get(passphrase);
    if (known !== undefined) return known;
    const loaded = isKeyText(key) ? readKeyText(key, passphrase) : readKeyFile(id, passphrase);
    byPassphrase.set(passphrase, loaded);
    void loaded.then((outcome) => {
      if (outcome !== undefined && 'reason' in outcome) byPassphrase.delete(passphrase);
    });
    return loaded;
  }
}

async function readKeyText(key: string | Buffer, passphrase: Target['passphrase']): Promise<LoadedKey> {
  const detail = 'the given key';
  try {
    return await parseKey(detail, key, passphrase);
  } catch (error) {
    return { detail, reason: error instanceof Error ? error.message : String(error) };
  }
}

async function readKeyFile(name: string, passphrase: Target['passphrase']): Promise<LoadedKey> {
  try {
    return await parseKey(name, await readFile(expandHome(name)), passphrase);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return undefined;
    if (code === 'EISDIR') return { detail: name, reason: 'it is a directory' };
    if (code === 'EACCES') return { detail: name, reason: 'it may not be read (permission denied)' };
    return { detail: name, reason: error instanceof Error ? error.message : String(error) };
  }
}

/** ssh2 takes a tenth of a second to load: it is, when there is a key to read. */
async function parseKey(
  detail: string,
  text: string | Buffer,
  passphrase: Target['passphrase'],
): Promise<Identity | UnusableKey> {
  const { readKey } = await import('./identities.js');
  return readKey(detail, text, passphrase);
}
