import type { JsonPath } from '../../inventory/json-source.js';
import { RecordFault } from './record-fault.js';

/** The fields of an object that stands in a record. */
export type RecordFields = Readonly<Record<string, unknown>>;

/**
 * A value of a record as an object with no other fields than `known`. Fields that are `undefined` are left out, as they
 * are in JSON. `refused` says of fields that people may try why they cannot be.
 *
 * @throws RecordFault
 */
export function fieldsOf(
  value: unknown,
  path: JsonPath,
  known: readonly string[],
  refused?: ReadonlyMap<string, string>,
): RecordFields {
  requireObject(value, path);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  const stray = fields.find(([name]) => !known.includes(name));
  if (stray === undefined) return Object.fromEntries(fields);
  const why = refused?.get(stray[0]) ?? `There is no such field; known are ${known.join(', ')}`;
  throw new RecordFault([...path, stray[0]], why, 'field');
}

/** Throws {@link RecordFault} for what is no plain object. */
export function requireObject(value: unknown, path: JsonPath): asserts value is object {
  if (!isObject(value)) throw new RecordFault(path, `Expected an object, got ${kindOf(value)}`);
}

/** Throws {@link RecordFault} for the first of the fields that is not there. */
export function requireFields(fields: RecordFields, path: JsonPath, names: readonly string[]): void {
  const lacking = names.find((name) => fields[name] === undefined);
  if (lacking !== undefined) throw new RecordFault(path, `Expected the field \`${lacking}\`, which is not there`);
}

/** A text that is not empty; throws {@link RecordFault} for anything else. */
export function textOf(value: unknown, path: JsonPath): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new RecordFault(path, `Expected a text that is not empty, got ${kindOf(value)}`);
}

/** A list; throws {@link RecordFault} for anything else. */
export function listOf(value: unknown, path: JsonPath): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new RecordFault(path, `Expected a list, got ${kindOf(value)}`);
}

/** One of some values; throws {@link RecordFault} for anything else. */
export function oneOf<T extends string | number | boolean>(value: unknown, path: JsonPath, values: readonly T[]): T {
  const found = values.find((one) => one === value);
  if (found !== undefined) return found;
  const names = values.map((one) => JSON.stringify(one)).join(' or ');
  throw new RecordFault(path, `Expected ${names}, got ${shown(value)}`);
}

/** Whether a value is a plain object. */
export function isObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** Where one of a few words belongs, no secret is expected: a slip of the hand is shown. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : kindOf(value);
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'a list';
  if (value === '') return 'an empty text';
  if (typeof value === 'string') return 'a text';
  return typeof value === 'object' ? 'another kind of object' : `a ${typeof value}`;
}
