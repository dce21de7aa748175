import { inspect } from 'node:util';
import { OptionError } from '../../core/hawser-error.js';
import { hostFault, userFault } from '../host-name.js';

/** The keywords of ssh_config(5) that a {@link HostEntry} has, in its own words and units. */
interface HostKeywords {
  /** The alias that the host goes by. Default: `hostName`. */
  readonly host?: string;
  /** The name or the address to connect to. Default: `host`. One of the two there must be. */
  readonly hostName?: string;
  readonly user?: string;
  readonly port?: number;
  /** Files of private keys, in the order in which they are tried. Those that ssh_config has for the host come after them. */
  readonly identityFile?: string | readonly string[];
  readonly certificateFile?: string | readonly string[];
  readonly identitiesOnly?: boolean;
  /** The agent's socket, or `none`. */
  readonly identityAgent?: string;
  /** `[user@]host[:port]`, the hop nearest to us first, or `none`. */
  readonly proxyJump?: string | readonly string[];
  readonly proxyCommand?: string;
  readonly userKnownHostsFile?: string | readonly string[];
  readonly hostKeyAlias?: string;
  readonly strictHostKeyChecking?: 'yes' | 'no' | 'ask' | 'accept-new';
  readonly forwardAgent?: boolean | string;
}

/**
 * A host as a block of ssh_config(5) describes it. Every field may be written in lower case, too (`identityfile`); tokens
 * such as `%h`, `~` and `${NAME}` mean what they mean there.
 */
export type HostEntry = HostKeywords & { readonly [K in keyof HostKeywords as Lowercase<K>]?: HostKeywords[K] };

/** A host entry, checked: the name it goes by, and the keywords that it sets. */
export interface HostBlock {
  readonly alias: string;
  readonly settings: ReadonlyMap<keyof HostKeywords, string | readonly string[]>;
}

/** What a field has to be, in words that follow "to be", and the check. */
interface Rule {
  readonly expected: string;
  readonly check: (value: unknown) => boolean;
}

const FILES: Rule = { expected: 'a file name or a list of them', check: (value) => isText(value) || isTexts(value) };
const FLAG: Rule = { expected: 'a boolean', check: (value) => typeof value === 'boolean' };
const TEXT: Rule = { expected: 'a text on one line that is not empty', check: isText };

const RULES: Readonly<Record<keyof HostKeywords, Rule>> = {
  host: {
    expected: 'a name without wildcards and white space',
    check: (value) => isText(value) && hostFault(value) === undefined,
  },
  hostName: {
    expected: 'a host name or an address without brackets',
    // %h and %n stand for the name that it is asked for by (ssh_config(5), TOKENS).
    check: (value) => isText(value) && hostFault(value.replaceAll(/%[hn]/g, 'x')) === undefined,
  },
  user: { expected: 'a user name', check: (value) => isText(value) && userFault(value) === undefined },
  port: {
    expected: 'an integer from 1 to 65535',
    check: (value) => typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535,
  },
  identityFile: FILES,
  certificateFile: FILES,
  identitiesOnly: FLAG,
  identityAgent: TEXT,
  proxyJump: { expected: '[user@]host[:port], or a list of them', check: FILES.check },
  proxyCommand: TEXT,
  userKnownHostsFile: FILES,
  hostKeyAlias: TEXT,
  strictHostKeyChecking: {
    expected: "'yes', 'no', 'ask' or 'accept-new'",
    check: (value) => isText(value) && ['yes', 'no', 'ask', 'accept-new'].includes(value),
  },
  forwardAgent: { expected: "a boolean or an agent's socket", check: (value) => FLAG.check(value) || isText(value) },
};

const FIELDS: ReadonlyMap<string, keyof HostKeywords> = new Map(
  Object.keys(RULES)
    .filter(isField)
    .map((field) => [field.toLowerCase(), field]),
);

/**
 * Checks a host entry.
 *
 * @throws OptionError that names the field at fault.
 */
export function checkHostEntry(entry: unknown): HostBlock {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    throw new OptionError(`Expected a host to be an object such as { host: "web1", user: "me" }, got ${shown(entry)}.`);
  }
  const values = new Map<keyof HostKeywords, unknown>();
  for (const [name, value] of Object.entries(entry)) {
    const field = FIELDS.get(name.toLowerCase());
    if (field === undefined) throw unknownField(name);
    if (value === undefined) continue;
    if (values.has(field)) throw new OptionError(`Expected the \`${field}\` field of a host once, got it twice.`);
    values.set(field, value);
  }
  const alias = values.get('host') ?? values.get('hostName');
  if (alias === undefined) {
    throw new OptionError(
      'Expected a host to have the `host` field or the `hostName` field, such as { host: "web1" }.',
    );
  }
  const settings = new Map<keyof HostKeywords, string | readonly string[]>();
  for (const [field, value] of values) {
    const { check, expected } = RULES[field];
    if (!check(value)) {
      const of = field === 'host' || !RULES.host.check(alias) ? 'a host' : `the host ${String(alias)}`;
      throw new OptionError(`Expected the \`${field}\` field of ${of} to be ${expected}, got ${shown(value)}.`);
    }
    if (field !== 'host') settings.set(field, wordsOf(value));
  }
  if (!isText(alias) || !RULES.host.check(alias)) {
    throw new OptionError(`Expected the \`host\` field beside the hostName ${shown(alias)}: that is no name to go by.`);
  }
  return { alias, settings };
}

function isField(name: string): name is keyof HostKeywords {
  return Object.hasOwn(RULES, name);
}

function unknownField(name: string): OptionError {
  const known = [...FIELDS.values()].join(', ');
  const hint = /pass(word|phrase)/i.test(name) ? ' A secret is for the target, or the defaults of a fleet.' : '';
  return new OptionError(`There is no \`${name}\` field of a host; known are ${known}.${hint}`);
}

/** The values of ssh_config are words. */
function wordsOf(value: unknown): string | readonly string[] {
  if (Array.isArray(value)) return value.map(String);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return String(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !/[\u0000-\u001f\u007f]/u.test(value);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isText);
}

function shown(value: unknown): string {
  return inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 80, maxArrayLength: 3 });
}
