import { defined } from '../../core/defined.js';
import { OptionError } from '../../core/hawser-error.js';
import { type JsonPath, readJson } from '../../inventory/json-source.js';
import { FORMAT, VERSION } from './multi-record.js';
import { isPythonRecord, readPythonRecord } from './python-record.js';
import { MANNER_FIELDS, readManner } from './read-manner.js';
import { readTarget, targetFields } from './read-target.js';
import { RecordFault, tellingFaults } from './record-fault.js';
import { fieldsOf, isObject, listOf, oneOf, type RecordFields, requireFields, textOf } from './record-fields.js';
import type { RecordedConnection, RecordedFleet, RecordedLimits } from './recorded-fleet.js';

const LIMITS = ['batchSize', 'connectConcurrency', 'maxConnections'] as const;
/** `$schema` is for editors, and stands in no record that was not edited. */
const FIELDS = ['$schema', 'format', 'version', ...LIMITS, 'entries'];
/** An entry may be a whole record of a connection, with the version of its own. */
const BESIDE_TARGET = ['via', 'alias', 'version', ...MANNER_FIELDS];

/**
 * Reads the text of a fleet's record; `file` is where it came from, for errors.
 *
 * @throws ParseError with line and column, and the path in the document where the text is JSON.
 */
export function readRecordText(text: string, file?: string): RecordedFleet {
  const source = readJson(text, file);
  return tellingFaults(() => readRecord(source.value), { source, file });
}

/**
 * Reads a fleet's record that is an object; what is read shares nothing with it.
 *
 * @throws OptionError with the path in the document.
 */
export function readRecordObject(value: unknown): RecordedFleet {
  return tellingFaults(() => readRecord(copy(value)));
}

function copy(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch (error) {
    throw new OptionError('Cannot read the record of a fleet: it holds what is not data, such as a function.', {
      cause: error,
    });
  }
}

function readRecord(value: unknown): RecordedFleet {
  if (isPythonRecord(value)) return readPythonRecord(value);
  refuseOtherVersions(value);
  const fields = fieldsOf(value, [], FIELDS);
  requireFields(fields, [], ['entries']);
  const entries = listOf(fields['entries'], ['entries']);
  return {
    limits: readLimits(fields),
    connections: entries.map((entry, index) => readEntry(entry, ['entries', index])),
  };
}

/** Comes first: a record of another version may have any other fields. */
function refuseOtherVersions(value: unknown): void {
  if (!isObject(value)) throw new RecordFault([], 'Expected an object with `version` and `entries`');
  const { format, version }: { format?: unknown; version?: unknown } = value;
  if (format !== undefined) oneOf(format, ['format'], [FORMAT]);
  if (version === undefined)
    throw new RecordFault([], `Expected the field \`version\`, such as ${VERSION}: is it a fleet?`);
  if (version === VERSION) return;
  if (typeof version !== 'number') throw new RecordFault(['version'], `Expected the version to be ${VERSION}`);
  throw new RecordFault(
    ['version'],
    `The record is of version ${version}, and this release reads version ${VERSION}; read it with the release that wrote it`,
  );
}

function readLimits(fields: RecordFields): RecordedLimits {
  const limits: { -readonly [name in keyof RecordedLimits]: number } = {};
  for (const name of LIMITS) {
    const value = fields[name];
    if (value === undefined) continue;
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) {
      throw new RecordFault([name], 'Expected a positive integer');
    }
    limits[name] = value;
  }
  return limits;
}

function readEntry(value: unknown, path: JsonPath): RecordedConnection {
  const {
    via,
    alias,
    version,
    class: cls,
    platform,
    reuseOnly,
    sshOptions,
    ...fields
  } = targetFields(value, path, BESIDE_TARGET);
  requireFields(fields, path, ['key']);
  if (version !== undefined) oneOf(version, [...path, 'version'], [VERSION]);
  const names = defined({
    via: via === undefined ? undefined : textOf(via, [...path, 'via']),
    alias: alias === undefined ? undefined : textOf(alias, [...path, 'alias']),
  });
  const target = readTarget(fields, path);
  const manner = readManner({ class: cls, platform, reuseOnly, sshOptions }, path, fields['kind']);
  return { target, names: { ...names, ...manner } };
}
