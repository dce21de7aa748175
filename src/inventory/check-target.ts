import { OptionError } from '../core/hawser-error.js';
import { hostFault, type TextFault, userFault } from './host-name.js';
import { parseTarget } from './parse-target.js';
import type { Target, UnrecordedField } from './target.js';

/** What a field has to be, in words that follow "to be", and the check; it returns `true` or names the fault. */
interface Rule {
  readonly expected: string;
  readonly check: (value: unknown) => boolean | TextFault;
  /** The value is never repeated, whatever it is. */
  readonly secret?: true;
}

/** setTimeout's longest delay: a longer one fires at once. */
const LONGEST_TIMEOUT = 2_147_483_647;

/** The fields of a target that a record cannot hold, in the order in which a record names them. */
export const UNRECORDED_FIELDS: readonly UnrecordedField[] = [
  'password',
  'privateKey',
  'passphrase',
  'keyboardInteractive',
  'hostKey',
];

const SECRET: Rule = { expected: 'a string or a function that returns one', check: isTextOrFunction, secret: true };

const RULES: Readonly<Record<keyof Target, Rule>> = {
  host: {
    expected: 'a host name, an alias of ssh_config, or an address without brackets',
    check: (value) => typeof value === 'string' && (hostFault(value) ?? true),
  },
  key: { expected: 'a string that is not empty', check: isText },
  protocol: { expected: "'ssh', 'openssh', 'local' or 'telnet'", check: oneOf('ssh', 'openssh', 'local', 'telnet') },
  port: { expected: 'an integer from 1 to 65535', check: (value) => isInteger(value, 1, 65_535) },
  username: {
    expected: 'a user name',
    check: (value) => typeof value === 'string' && (userFault(value) ?? true),
  },
  password: SECRET,
  privateKey: {
    expected: "a key file's path, a key's text, a Buffer, or a list of them",
    check: (value) => isListOf(value, isKey, 0) || isKey(value),
    secret: true,
  },
  passphrase: SECRET,
  agent: { expected: "the path of an agent's socket, or false", check: (value) => value === false || isText(value) },
  keyboardInteractive: { expected: 'a function', check: isFunction },
  hostKey: {
    expected: "'strict', 'accept-new', 'insecure-accept-any', { fingerprints: ['SHA256:…'] } or a function",
    check: isHostKeyPolicy,
  },
  knownHosts: {
    expected: 'a file name or a list of file names',
    check: (value) => isText(value) || isListOf(value, isText, 0),
  },
  proxyJump: {
    expected: 'a target, an open connection, or a list of them',
    check: (value) => (Array.isArray(value) ? value : [value]).every(isHop),
    secret: true,
  },
  proxyCommand: { expected: 'a command that is not empty', check: isText, secret: true },
  sshConfig: { expected: 'a boolean or a file name', check: (value) => typeof value === 'boolean' || isText(value) },
  connectTimeout: {
    expected: `a number of milliseconds from 1 to ${LONGEST_TIMEOUT}`,
    check: (value) => isInteger(value, 1, LONGEST_TIMEOUT),
  },
  keepAlive: {
    expected: 'false, or { interval, countMax } with positive integers (interval in milliseconds)',
    check: isKeepAlive,
  },
  algorithms: {
    expected: 'an object with lists of names under kex, hostKey, cipher, mac or compression',
    check: isAlgorithms,
  },
  threadSafe: { expected: 'a boolean', check: (value) => typeof value === 'boolean' },
  missing: {
    expected: `a list of names among ${UNRECORDED_FIELDS.join(', ')}`,
    check: (value) => isListOf(value, oneOf(...UNRECORDED_FIELDS), 0),
  },
};

/**
 * Checks a target that a caller made by hand: every field's type and range, and that there is no other field.
 *
 * @throws OptionError that names the field, says what was expected and what was got; never the value of a secret.
 */
export function checkTarget(target: unknown): asserts target is Target {
  const fields = checkFields(target);
  if (!('host' in fields))
    throw new OptionError('Expected a target to have the `host` field, such as { host: "web1" }');
}

/**
 * Checks fields that are to be added to a target: the options of `connect`, the defaults of a fleet.
 *
 * @throws OptionError as {@link checkTarget} does; `host` may be left out.
 */
export function checkTargetOptions(options: unknown): asserts options is Partial<Target> {
  checkFields(options);
}

function checkFields(target: unknown): Record<string, unknown> {
  if (!isRecord(target)) {
    throw new OptionError(`Expected a target to be a string or an object with \`host\`, got ${kindOf(target)}`);
  }
  for (const [field, value] of Object.entries(target)) {
    if (!isTargetField(field)) throw unknownField(field);
    if (value !== undefined) checkField(field, value);
    else if (field === 'host')
      throw new OptionError('Expected the `host` field of a target to be a string, got undefined');
  }
  return target;
}

function checkField(field: keyof Target, value: unknown): void {
  const rule = RULES[field];
  const found = runCheck(rule, field, value);
  if (found === true) return;
  const got = rule.secret === true ? kindOf(value) : describe(value);
  const why = found === false ? '' : ` (${found.why})`;
  throw new OptionError(`Expected the \`${field}\` field of a target to be ${rule.expected}, got ${got}${why}`);
}

/** A hop is a target itself: its own error says more than that something in the list is not one. */
function runCheck(rule: Rule, field: keyof Target, value: unknown): boolean | TextFault {
  try {
    return rule.check(value);
  } catch (error) {
    if (field !== 'proxyJump' || !(error instanceof Error)) throw error;
    throw new OptionError(`Cannot use the \`proxyJump\` field of a target: ${error.message}`, { cause: error });
  }
}

/** The names of {@link Target}'s fields. */
export const TARGET_FIELDS: readonly string[] = Object.keys(RULES);

/** Whether a name is one of {@link Target}'s fields. */
export function isTargetField(name: string): name is keyof Target {
  return Object.hasOwn(RULES, name);
}

/** The fields that people try first, coming from ssh2, ssh_config and other libraries. */
const USUAL_SLIPS: ReadonlyMap<string, keyof Target> = new Map([
  ['user', 'username'],
  ['hostname', 'host'],
  ['address', 'host'],
  ['name', 'key'],
  ['identityfile', 'privateKey'],
  ['keyfile', 'privateKey'],
  ['timeout', 'connectTimeout'],
  ['readytimeout', 'connectTimeout'],
  ['keepaliveinterval', 'keepAlive'],
  ['hostverifier', 'hostKey'],
  ['jump', 'proxyJump'],
]);

/** The field that somebody most likely meant by a name that is none: the same in another case, or a usual slip. */
export function likelyTargetField(name: string): string | undefined {
  const plain = name.toLowerCase();
  return Object.keys(RULES).find((known) => known.toLowerCase() === plain) ?? USUAL_SLIPS.get(plain);
}

function unknownField(field: string): OptionError {
  const meant = likelyTargetField(field);
  const hint = meant === undefined ? `known are ${Object.keys(RULES).join(', ')}` : `did you mean \`${meant}\`?`;
  return new OptionError(`A target has no field \`${field}\`; ${hint}`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value);
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && !value.includes('\0');
}

/** An empty password is a password. */
function isTextOrFunction(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'function';
}

function isKey(value: unknown): boolean {
  return isText(value) || (Buffer.isBuffer(value) && value.length > 0);
}

function isListOf(value: unknown, check: (item: unknown) => boolean, least = 1): boolean {
  return Array.isArray(value) && value.length >= least && value.every(check);
}

function isInteger(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
}

function oneOf(...names: readonly string[]): (value: unknown) => boolean {
  return (value) => typeof value === 'string' && names.includes(value);
}

function isHostKeyPolicy(value: unknown): boolean {
  if (typeof value === 'string') return ['strict', 'accept-new', 'insecure-accept-any'].includes(value);
  if (typeof value === 'function') return true;
  if (!isRecord(value)) return false;
  const { fingerprints, ...others } = value;
  return Object.keys(others).length === 0 && isListOf(fingerprints, isFingerprint);
}

/** A list that holds anything else could never match, and would look like a server with a wrong key. */
function isFingerprint(value: unknown): boolean {
  return typeof value === 'string' && /^SHA256:[A-Za-z0-9+/]{43}=?$/u.test(value);
}

function isKeepAlive(value: unknown): boolean {
  if (value === false) return true;
  if (!isRecord(value)) return false;
  const { interval, countMax, ...others } = value;
  const known = Object.keys(others).length === 0;
  return known && isInteger(interval, 1, LONGEST_TIMEOUT) && isInteger(countMax, 1, Number.MAX_SAFE_INTEGER);
}

function isAlgorithms(value: unknown): boolean {
  const kinds = ['kex', 'hostKey', 'cipher', 'mac', 'compression'];
  if (!isRecord(value)) return false;
  return Object.entries(value).every(([kind, names]) => kinds.includes(kind) && isListOf(names, isText));
}

function isHop(value: unknown): boolean {
  if (typeof value === 'string') {
    parseTarget(value);
    return true;
  }
  if (!isRecord(value)) return false;
  const { dial } = value;
  if (typeof dial === 'function') return true;
  checkTarget(value);
  return true;
}

/** A value as an error may show it: short, and on one line. */
function describe(value: unknown): string {
  // Somebody put a whole user:password@host where a host belongs.
  if (typeof value === 'string' && /:.*@/su.test(value)) return 'a string that looks like user:password@host';
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  return kindOf(value);
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (value === '') return 'an empty string';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
