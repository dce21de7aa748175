import { HawserError } from '../../core/hawser-error.js';
import { checkTarget, checkTargetOptions } from '../../inventory/check-target.js';
import { isKeyText } from '../../inventory/format-target.js';
import type { JsonPath } from '../../inventory/json-source.js';
import type { Target, TargetProtocol } from '../../inventory/target.js';
import { RecordFault } from './record-fault.js';
import { fieldsOf, listOf, oneOf, type RecordFields, requireFields, requireObject, textOf } from './record-fields.js';

/** As many as any connect goes through; past it the record goes in circles, or means harm. */
const MOST_HOPS = 16;

const KINDS: readonly TargetProtocol[] = ['ssh', 'openssh', 'local', 'telnet'];

/** The fields of a recorded target that are called otherwise than in a target. */
const RENAMED: ReadonlyMap<string, keyof Target> = new Map([
  ['kind', 'protocol'],
  ['identityFiles', 'privateKey'],
]);

const TAKE_OUT = 'Take it out, change it if others could read it, and give it by `credentials`';
const NO_SECRET = `A record holds no secret. ${TAKE_OUT}`;

/** What people write into a record by hand, and must not. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['password', NO_SECRET],
  ['passphrase', NO_SECRET],
  ['privateKey', 'The paths of key files are `identityFiles`; a key itself is given by `credentials`'],
]);

const TARGET_FIELDS = [
  'key',
  'kind',
  'host',
  'port',
  'username',
  'identityFiles',
  'agent',
  'hostKey',
  'knownHosts',
  'proxyJump',
  'proxyCommand',
  'sshConfig',
  'connectTimeout',
  'keepAlive',
  'algorithms',
  'threadSafe',
  'missing',
];

/** The fields of a recorded target, and those that may stand `beside` them in one object. Throws {@link RecordFault}. */
export function targetFields(value: unknown, path: JsonPath, beside: readonly string[] = []): RecordFields {
  return fieldsOf(value, path, [...TARGET_FIELDS, ...beside], REFUSED);
}

/** Reads the fields of a target. Throws {@link RecordFault}. */
export function readTarget(fields: RecordFields, path: JsonPath, depth = 0): Target {
  requireFields(fields, path, ['kind', 'host']);
  const target: Record<string, unknown> = {};
  for (const [field, given] of Object.entries(fields)) {
    const at = [...path, field];
    const name = RENAMED.get(field) ?? field;
    target[name] = readField(field, given, at, depth);
    check(at, () => checkTargetOptions({ [name]: target[name] }));
  }
  checkTarget(target);
  return target;
}

function readField(field: string, given: unknown, path: JsonPath, depth: number): unknown {
  switch (field) {
    case 'kind':
      return oneOf(given, path, KINDS);
    case 'identityFiles':
      return listOf(given, path).map((file, index) => keyFile(file, [...path, index]));
    case 'proxyJump':
      return listOf(given, path).map((hop, index) => readHop(hop, [...path, index], depth + 1));
    case 'knownHosts':
      return listOf(given, path);
    default:
      if (typeof given === 'object' && given !== null && !Array.isArray(given)) requireObject(given, path);
      return given;
  }
}

function readHop(value: unknown, path: JsonPath, depth: number): Target | string {
  if (depth > MOST_HOPS) throw new RecordFault(path, `Expected no more than ${MOST_HOPS} jump hosts behind each other`);
  if (typeof value !== 'string') return readTarget(targetFields(value, path), path, depth);
  check(path, () => checkTargetOptions({ proxyJump: value }));
  return value;
}

/** The path of a key file; throws {@link RecordFault} for a key itself, and for what is no text. */
export function keyFile(value: unknown, path: JsonPath): string {
  const text = textOf(value, path);
  if (!isKeyText(text)) return text;
  throw new RecordFault(path, `Expected the path of a key file, got a key. ${TAKE_OUT}`);
}

/** What is wrong with a target's field is said by the check that all targets go through. */
function check(path: JsonPath, run: () => void): void {
  try {
    run();
  } catch (error) {
    if (error instanceof HawserError) throw new RecordFault(path, error.message);
    throw error;
  }
}
