import { ParseError } from '../../core/hawser-error.js';
import type { DeviceCredential, DeviceCredentials } from '../device-credentials.js';
import type { YamlEntry, YamlValue } from '../yaml-source.js';
import { entriesOf, type KnownKeys, refuseSlips } from './entries.js';
import type { Markup } from './markup.js';

const KEYS: KnownKeys = {
  known: ['username', 'password', 'passphrase'],
  slips: new Map([
    ['user', 'username'],
    ['name', 'username'],
    ['login', 'username'],
    ['pass', 'password'],
    ['secret', 'password'],
  ]),
};

/** Where the credentials of a map stand, also in the files of pyATS before 2019. */
const BLOCKS: readonly string[] = ['credentials', 'passwords', 'tacacs'];

/**
 * The credentials that stand in a map (a testbed, a device, a way), laid over those of what it is in: name by name, and
 * field by field within a name; but a password is never for another user than it was written for. `what` is the owner, in
 * words.
 *
 * The old `passwords: { tacacs, enable, line }` and `tacacs: { username }` become the credentials `default`, `enable` and
 * `line`; `credentials` win over them.
 */
export function readCredentials(
  owner: ReadonlyMap<string, YamlEntry>,
  what: string,
  markup: Markup,
  outer: DeviceCredentials = {},
): DeviceCredentials {
  const old = oldCredentials(owner.get('passwords')?.value, owner.get('tacacs')?.value, what, markup);
  const layers = [outer, old, newCredentials(owner.get('credentials')?.value, what, markup)];
  const all: Record<string, DeviceCredential> = {};
  for (const layer of layers) {
    for (const [name, credential] of Object.entries(layer)) all[name] = laidOver(all[name] ?? {}, credential);
  }
  return all;
}

function laidOver(outer: DeviceCredential, inner: DeviceCredential): DeviceCredential {
  const { username } = outer;
  const another = inner.username !== undefined && username !== undefined && inner.username !== username;
  return another ? inner : { ...outer, ...inner };
}

/** Whether a key of a map is one that {@link readCredentials} reads. */
export function holdsCredentials(key: string): boolean {
  return BLOCKS.includes(key);
}

function newCredentials(value: YamlValue | undefined, what: string, markup: Markup): DeviceCredentials {
  if (value === undefined) return {};
  const all: Record<string, DeviceCredential> = {};
  for (const [name, entry] of entriesOf(value, `The credentials of ${what}`)) {
    const whose = `the credential ${JSON.stringify(name)} of ${what}`;
    const fields = entriesOf(entry.value, capital(whose));
    refuseSlips(fields, capital(whose), KEYS);
    const [username, password, passphrase] = [fields.get('username'), fields.get('password'), fields.get('passphrase')];
    all[name] = {
      ...(username === undefined ? {} : { username: markup.text(username.value, `The user name of ${whose}`) }),
      ...(password === undefined ? {} : { password: markup.secret(password.value, `The password of ${whose}`) }),
      ...(passphrase === undefined
        ? {}
        : { passphrase: markup.secret(passphrase.value, `The passphrase of ${whose}`) }),
    };
  }
  return all;
}

function oldCredentials(
  passwords: YamlValue | undefined,
  tacacs: YamlValue | undefined,
  what: string,
  markup: Markup,
): DeviceCredentials {
  const all: Record<string, DeviceCredential> = {};
  if (tacacs !== undefined) {
    const username = entriesOf(tacacs, `The tacacs block of ${what}`).get('username')?.value;
    if (username !== undefined) {
      all['default'] = { username: markup.text(username, `The tacacs user name of ${what}`) };
    }
  }
  if (passwords === undefined) return all;
  for (const [name, { value }] of entriesOf(passwords, `The passwords of ${what}`)) {
    const credential = name === 'tacacs' ? 'default' : name;
    all[credential] = {
      ...all[credential],
      password: markup.secret(value, `The password ${JSON.stringify(name)} of ${what}`),
    };
  }
  return all;
}

/** The credentials of a way whose `login_creds` names the one that logs in: that one takes the place of `default`. */
export function withLogin(
  owner: ReadonlyMap<string, YamlEntry>,
  credentials: DeviceCredentials,
  what: string,
  markup: Markup,
): DeviceCredentials {
  const named = owner.get('login_creds')?.value;
  const first = named?.kind === 'list' ? named.items[0] : named;
  if (first === undefined) return credentials;
  const name = markup.text(first, `login_creds of ${what}`);
  const login = Object.hasOwn(credentials, name) ? credentials[name] : undefined;
  if (login !== undefined) return { ...credentials, default: login };
  const known = Object.keys(credentials).join(', ') || 'none';
  throw new ParseError(`There is no credential ${JSON.stringify(name)} for ${what}; known are: ${known}`, first.at);
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
