import { defined } from '../../core/defined.js';
import { HawserError } from '../../core/hawser-error.js';
import { checkTargetOptions } from '../check-target.js';
import { isKeyText } from '../format-target.js';
import type { KeepAlive } from '../target.js';
import {
  boolean,
  type FieldNames,
  fieldsOf,
  isPlainObject,
  line,
  listOf,
  oneOf,
  readerOf,
  text,
  wholeNumber,
} from './field-readers.js';
import { MachineFault, type MachinePath } from './machine-fault.js';
import type { MachineAuth } from './machine-record.js';

const SECRET =
  ' a machine holds no secrets. Use a key or the agent; what is needed besides is asked for on a terminal, or given by the program';

const NAMES: FieldNames = {
  known: [
    'method',
    'port',
    'privateKey',
    'agent',
    'knownHosts',
    'hostKey',
    'proxyJump',
    'sshConfig',
    'protocol',
    'connectTimeout',
    'keepAlive',
  ],
  aliases: new Map([['sshKey', 'privateKey']]),
  slips: new Map([
    ['key', 'privateKey'],
    ['keyFile', 'privateKey'],
    ['identityFile', 'privateKey'],
    ['identity', 'privateKey'],
    ['jump', 'proxyJump'],
    ['timeout', 'connectTimeout'],
    ['username', ' write it as `username` of the machine'],
    ['user', ' write it as `username` of the machine'],
    ['host', ' write it as `host` of the machine'],
    ['password', SECRET],
    ['passphrase', SECRET],
  ]),
};

/** How to get into a machine, as its fields say it, and the port, which xespresso's files have there. */
export interface AuthReading {
  readonly auth: MachineAuth | undefined;
  readonly port: { readonly value: number; readonly path: MachinePath } | undefined;
}

/** Reads the field `auth` of a machine. Throws MachineFault; what may be a key is never repeated. */
export function readAuth(value: unknown, path: MachinePath): AuthReading {
  const fields = fieldsOf(value, path, NAMES);
  const read = readerOf(fields);
  read('method', method);
  const port = fields.get('port');
  const auth = defined({
    privateKey: read('privateKey', keyFiles),
    agent: read<string | false>('agent', (given, at) => (given === false ? given : line(given, at))),
    knownHosts: read('knownHosts', oneOrMore),
    hostKey: read('hostKey', hostKey),
    proxyJump: read('proxyJump', hops),
    sshConfig: read('sshConfig', (given, at) => (typeof given === 'string' ? line(given, at) : boolean(given, at))),
    protocol: read('protocol', oneOf(['ssh', 'openssh'])),
    connectTimeout: read('connectTimeout', wholeNumber(1, 2_147_483_647)),
    keepAlive: read('keepAlive', keepAlive),
  });
  return {
    auth: Object.keys(auth).length === 0 ? undefined : auth,
    port: port === undefined ? undefined : { value: wholeNumber(1, 65_535)(port.value, port.path), path: port.path },
  };
}

/** The one that there is. It is in xespresso's files, and says nothing more. */
function method(value: unknown, path: MachinePath): void {
  if (value === 'key' || value === 'agent') return;
  throw new MachineFault(path, `Expected "key" or "agent":${SECRET}`);
}

function keyFiles(value: unknown, path: MachinePath): string | readonly string[] {
  const files = oneOrMore(value, path);
  if ([files].flat().some(isKeyText)) {
    throw new MachineFault(path, `Expected the path of a private key, got the key itself:${SECRET}`);
  }
  return files;
}

/** One text, or a list of them; a list stays one. */
function oneOrMore(value: unknown, path: MachinePath): string | readonly string[] {
  return Array.isArray(value) ? listOf(file)(value, path) : file(value, path);
}

/** Text of which no message repeats anything, since somebody may have put a key where its path belongs. */
function file(value: unknown, path: MachinePath): string {
  const given = text(value, path);
  return isKeyText(given) ? given : line(given, path);
}

function hops(value: unknown, path: MachinePath): string | readonly string[] {
  const given = Array.isArray(value) ? listOf(line)(value, path) : line(value, path);
  // Its own words name the hop that is wrong, and hold no password.
  checked({ proxyJump: given }, path);
  return given;
}

function hostKey(value: unknown, path: MachinePath): NonNullable<MachineAuth['hostKey']> {
  if (!isPlainObject(value)) return oneOf(['strict', 'accept-new', 'insecure-accept-any'])(value, path);
  const { value: list, path: at } = fieldsOf(value, path, { known: ['fingerprints'] }).get('fingerprints') ?? { path };
  const policy = { fingerprints: listOf(line)(list, at) };
  checked({ hostKey: policy }, path);
  return policy;
}

function keepAlive(value: unknown, path: MachinePath): KeepAlive | false {
  if (value === false) return value;
  const fields = fieldsOf(value, path, { known: ['interval', 'countMax'] });
  const number = (name: string): number => {
    const field = fields.get(name);
    if (field === undefined) throw new MachineFault(path, `Expected the field \`${name}\` beside the other`);
    return wholeNumber(1, 2_147_483_647)(field.value, field.path);
  };
  return { interval: number('interval'), countMax: number('countMax') };
}

function checked(fields: unknown, path: MachinePath): void {
  try {
    checkTargetOptions(fields);
  } catch (error) {
    if (error instanceof HawserError) throw new MachineFault(path, error.message);
    throw error;
  }
}
