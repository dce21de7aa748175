import { OptionError, ParseError } from '../../core/hawser-error.js';
import { visible } from '../../core/visible.js';
import { type JsonPath, readJson } from '../json-source.js';
import { readYaml, type SourcePosition, type YamlValue } from '../yaml-source.js';
import { WrittenNumber } from './field-readers.js';
import { MachineFault, type MachinePath, pathText } from './machine-fault.js';

/** The text of a file with machines, read as data, and where everything stands. */
export interface MachineSource {
  /** Maps, lists, text, booleans, `null`, and numbers as {@link WrittenNumber}. */
  readonly value: unknown;
  position(path: MachinePath, part: 'field' | 'value'): SourcePosition;
}

/**
 * Reads JSON where the text begins as an object of it does, or the file is called so, else YAML.
 *
 * @throws ParseError
 */
export function readMachineSource(text: string, file: string | undefined): MachineSource {
  if (typeof text !== 'string') throw new OptionError(`Expected a machine's file to be text, got ${typeof text}`);
  if (file === undefined ? /^\s*\{/u.test(text) : /\.json$/iu.test(file)) {
    const { value, position } = readJson(text, file);
    return {
      value: withNumbers(value),
      position: (path: JsonPath, part) => ({ file, ...position(path, part) }),
    };
  }
  const root = readYaml(text, file);
  return { value: plain(root), position: (path, part) => positionIn(root, path, part) };
}

/**
 * Runs what reads a machine.
 *
 * @param doing begins the message.
 * @throws ParseError with line and column for a fault in a text, OptionError for one in an object; both name the field.
 */
export function tellingFaults<T>(doing: string, read: () => T, source?: MachineSource): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof MachineFault)) throw error;
    const { path, part, message } = error;
    const field = path.length === 0 ? '' : `${pathText(path)}: `;
    const what = visible(`${doing}: ${field}${message}`);
    if (source === undefined) throw new OptionError(what);
    throw new ParseError(what, source.position(path, part));
  }
}

function plain(value: YamlValue): unknown {
  switch (value.kind) {
    case 'map':
      return Object.fromEntries(value.entries.map((entry) => [entry.key, plain(entry.value)]));
    case 'list':
      return value.items.map(plain);
    case 'scalar':
      return typeof value.value === 'number'
        ? new WrittenNumber(value.value, value.source ?? String(value.value))
        : value.value;
  }
}

function withNumbers(value: unknown): unknown {
  if (typeof value === 'number') return new WrittenNumber(value, String(value));
  if (Array.isArray(value)) return value.map(withNumbers);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, withNumbers(field)]));
}

/** Of the value that a path leads to, or what is nearest to it; for a field, of its name. */
function positionIn(root: YamlValue, path: MachinePath, part: 'field' | 'value'): SourcePosition {
  let value = root;
  let { at } = root;
  for (const step of path) {
    const entry = value.kind === 'map' ? value.entries.find(({ key }) => key === step) : undefined;
    const next = entry?.value ?? (value.kind === 'list' && typeof step === 'number' ? value.items[step] : undefined);
    if (next === undefined) return at;
    at = part === 'field' && entry !== undefined ? entry.at : next.at;
    value = next;
  }
  return at;
}
