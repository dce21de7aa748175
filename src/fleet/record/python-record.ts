import { HawserError } from '../../core/hawser-error.js';
import { checkTarget } from '../../inventory/check-target.js';
import type { JsonPath } from '../../inventory/json-source.js';
import type { Target } from '../../inventory/target.js';
import { keyFile } from './read-target.js';
import { RecordFault } from './record-fault.js';
import { fieldsOf, isObject, oneOf, type RecordFields, requireFields, textOf } from './record-fields.js';
import type { RecordedFleet } from './recorded-fleet.js';

const REQUIRED = ['connection_name', 'server_name', 'user_name', 'ssh_key', 'address', 'thread_safe'];
/** `allow_agent` came with a later version of it. */
const FIELDS = [...REQUIRED, 'allow_agent'];

/** Whether a record has the shape of ssh_utilities (Python), whose fields are the places of its connections. */
export function isPythonRecord(value: unknown): value is RecordFields {
  return isObject(value) && Object.keys(value).length > 0 && Object.keys(value).every((name) => /^\d+$/u.test(name));
}

/**
 * Reads what ssh_utilities' `str(MultiConnection)` and `to_dict` give:
 * `{"0": {"connection_name": "SSHConnection", "server_name": "web1", "user_name": …, "ssh_key": …, "address": …,
 * "thread_safe": …}}`. The name of the server is the key, its address the host. Where that system would have asked for a
 * password, one is missing.
 *
 * @throws RecordFault
 */
export function readPythonRecord(record: RecordFields): RecordedFleet {
  const places = Object.keys(record).sort((a, b) => Number(a) - Number(b));
  return {
    limits: {},
    connections: places.map((place) => ({ target: readTarget(record[place], [place]), names: {} })),
  };
}

function readTarget(value: unknown, path: JsonPath): Target {
  const fields = fieldsOf(value, path, FIELDS);
  requireFields(fields, path, REQUIRED);
  const kind = oneOf(fields['connection_name'], [...path, 'connection_name'], ['SSHConnection', 'LocalConnection']);
  const key = textOf(fields['server_name'], [...path, 'server_name']);
  const text = (name: string): string | undefined =>
    fields[name] === null || fields[name] === '' ? undefined : textOf(fields[name], [...path, name]);
  const answer = (name: string): boolean => oneOf(fields[name], [...path, name], [true, false]);

  const address = text('address');
  const username = text('user_name');
  const privateKey = fields['ssh_key'] === null ? undefined : keyFile(fields['ssh_key'], [...path, 'ssh_key']);
  const threadSafe = answer('thread_safe');
  const agent = fields['allow_agent'] === undefined || answer('allow_agent');
  if (kind === 'LocalConnection') {
    if (address !== undefined) throw new RecordFault([...path, 'address'], 'Expected no address of a LocalConnection');
    // Whoever was at work there, it is this user here.
    return checked({ key, host: 'localhost', protocol: 'local', threadSafe }, path);
  }
  if (address === undefined) throw new RecordFault([...path, 'address'], 'Expected the address of an SSHConnection');
  const asks = privateKey === undefined && fields['allow_agent'] !== true;
  return checked(
    {
      key,
      host: address,
      ...(username === undefined ? {} : { username }),
      ...(privateKey === undefined ? {} : { privateKey }),
      ...(agent ? {} : { agent: false }),
      threadSafe,
      ...(asks ? { missing: ['password'] } : {}),
    },
    path,
  );
}

function checked(target: Target, path: JsonPath): Target {
  try {
    checkTarget(target);
  } catch (error) {
    if (error instanceof HawserError) throw new RecordFault(path, error.message);
    throw error;
  }
  return target;
}
