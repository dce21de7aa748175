import { nearestName } from '../../core/nearest-name.js';
import { MachineFault, type MachinePath } from './machine-fault.js';

/** A number of a file, with how it is written there: `1.10` may be a version, and `007` a name. */
export class WrittenNumber {
  readonly value: number;
  readonly text: string;

  constructor(value: number, text: string) {
    this.value = value;
    this.text = text;
  }
}

/** Reads the value of a field. Throws {@link MachineFault} for what cannot be meant. */
export type FieldReader<T> = (value: unknown, path: MachinePath) => T;

/** Text that is not empty and has no NUL; in a file a number is the text that was written. */
export function text(value: unknown, path: MachinePath): string {
  const given = value instanceof WrittenNumber ? value.text : value;
  if (typeof given !== 'string') throw new MachineFault(path, `Expected text, got ${kindOf(value)}`);
  if (given === '') throw new MachineFault(path, 'Expected text, got none: leave the field away');
  if (given.includes('\0')) throw new MachineFault(path, 'Expected text without NUL characters');
  return given;
}

/** Text on one line. */
export function line(value: unknown, path: MachinePath): string {
  const given = text(value, path);
  if (/[\u0000-\u001f\u007f]/u.test(given)) {
    throw new MachineFault(path, 'Expected text on one line, without control characters');
  }
  return given;
}

/** A whole number from `least` to `most`. */
export function wholeNumber(least: number, most: number = Number.MAX_SAFE_INTEGER): FieldReader<number> {
  return (value, path) => {
    const given = value instanceof WrittenNumber ? value.value : value;
    if (typeof given === 'number' && Number.isSafeInteger(given) && given >= least && given <= most) return given;
    const range = most === Number.MAX_SAFE_INTEGER ? `of ${least} or more` : `from ${least} to ${most}`;
    throw new MachineFault(path, `Expected a whole number ${range}, got ${shown(given)}`);
  };
}

/** One of some words. */
export function oneOf<const T extends string>(words: readonly T[]): FieldReader<T> {
  return (value, path) => {
    const found = words.find((word) => word === value);
    if (found !== undefined) return found;
    throw new MachineFault(path, `Expected ${words.map((word) => `"${word}"`).join(' or ')}, got ${shown(value)}`);
  };
}

export function boolean(value: unknown, path: MachinePath): boolean {
  if (typeof value === 'boolean') return value;
  throw new MachineFault(path, `Expected true or false, got ${shown(value)}`);
}

/** A list of what `read` reads. */
export function listOf<T>(read: FieldReader<T>): FieldReader<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw new MachineFault(path, `Expected a list, got ${kindOf(value)}`);
    return value.map((item, index) => read(item, [...path, index]));
  };
}

/** Shell text: the whole of it, or a list of its lines. Nothing at all is `undefined`. */
export function shellText(value: unknown, path: MachinePath): string | undefined {
  if (value === '') return undefined;
  if (!Array.isArray(value)) return script(value, path);
  return value.map((item, index) => (item === '' ? '' : script(item, [...path, index]))).join('\n') || undefined;
}

function script(value: unknown, path: MachinePath): string {
  const given = text(value, path);
  if (!given.includes('\r')) return given;
  throw new MachineFault(
    path,
    'Expected lines that end with a line feed alone: a shell takes \\r for a part of the command',
  );
}

/** The entries of an object; those that are `undefined` are left out. */
export function entriesOf(value: unknown, path: MachinePath): readonly (readonly [string, unknown])[] {
  if (!isPlainObject(value)) throw new MachineFault(path, `Expected a map, got ${kindOf(value)}`);
  return Object.entries(value).filter(([, field]) => field !== undefined);
}

/** What the fields of an object are called, and what people write for them. */
export interface FieldNames {
  readonly known: readonly string[];
  /** Other names of known fields, which mean the same. */
  readonly aliases?: ReadonlyMap<string, string>;
  /** What people write for a known one, which is refused with a hint; or, beginning with a space, why it is refused. */
  readonly slips?: ReadonlyMap<string, string>;
}

/**
 * The fields of an object by their names of ours: `use_modules` and `use-modules` are `useModules`. With each comes the
 * path by which it was written.
 *
 * @throws MachineFault for a field that there is not, and one that stands there twice.
 */
export function fieldsOf(
  value: unknown,
  path: MachinePath,
  { known, aliases, slips }: FieldNames,
): ReadonlyMap<string, { readonly value: unknown; readonly path: MachinePath }> {
  const fields = new Map<string, { readonly value: unknown; readonly path: MachinePath }>();
  for (const [written, field] of entriesOf(value, path)) {
    const here = [...path, written];
    const plain = written.replaceAll(/[_-]([a-z])/gu, (_, letter: string) => letter.toUpperCase());
    const name = aliases?.get(plain) ?? plain;
    if (!known.includes(name)) throw unknownField(here, written, known, slips?.get(plain));
    const twin = fields.get(name);
    if (twin !== undefined) {
      const other = String(twin.path.at(-1));
      throw new MachineFault(here, `The field \`${written}\` says the same as \`${other}\`: leave one away`, 'field');
    }
    fields.set(name, { value: field, path: here });
  }
  return fields;
}

/** What reads a field where it is there; `undefined` where it is not. */
export function readerOf(
  fields: ReturnType<typeof fieldsOf>,
): <T>(name: string, reader: (value: unknown, path: MachinePath) => T) => T | undefined {
  return (name, reader) => {
    const field = fields.get(name);
    return field === undefined ? undefined : reader(field.value, field.path);
  };
}

function unknownField(
  path: MachinePath,
  written: string,
  known: readonly string[],
  slip: string | undefined,
): MachineFault {
  const name = JSON.stringify(written.length > 80 ? `${written.slice(0, 80)}…` : written);
  if (slip?.startsWith(' ')) return new MachineFault(path, `There is no field ${name}:${slip}`, 'field');
  const meant = slip ?? nearestName(written, known);
  const hint = meant === undefined ? `known are ${known.join(', ')}` : `did you mean \`${meant}\`?`;
  return new MachineFault(path, `There is no field ${name}; ${hint}`, 'field');
}

/** Whether a value is an object that somebody wrote down, and no instance of a class. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** A value as a message may show it; where secrets may stand {@link kindOf} is for. */
export function shown(value: unknown): string {
  if (value instanceof WrittenNumber) return value.text;
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : kindOf(value);
}

/** What a value is, in words that never repeat it. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (value instanceof WrittenNumber) return 'a number';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return 'text';
  return typeof value === 'object' ? 'a map' : `a ${typeof value}`;
}
