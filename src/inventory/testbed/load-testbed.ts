import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { OptionError, ParseError } from '../../core/hawser-error.js';
import { expandHome } from '../../core/home.js';
import { readYaml, type SourcePosition, type YamlEntry, type YamlValue } from '../yaml-source.js';
import { type ParseTestbedOptions, readTestbed } from './parse-testbed.js';
import type { TestbedData } from './testbed-data.js';

/**
 * Reads a testbed from a file. `extends: FILE`, or a list of files, takes others in: the last of the list is the base,
 * those before it are laid over it, and this file over all of them; maps are merged key by key. A relative name is one
 * beside the file that has it.
 *
 * @throws OptionError if the file cannot be read; ParseError as `parseTestbed` does, for a file that another extends and
 * cannot be read, and for files that extend each other in a circle.
 */
export async function loadTestbed(file: string, options: ParseTestbedOptions = {}): Promise<TestbedData> {
  const text = await readFile(expandHome(file), 'utf8').catch((error: unknown) => {
    throw new OptionError(`Cannot read the testbed ${file}: ${messageOf(error)}`, { cause: error });
  });
  return readTestbed(await withBases(readYaml(text, file), file, []), options);
}

async function withBases(value: YamlValue, file: string, path: readonly string[]): Promise<YamlValue> {
  const extending = value.kind === 'map' ? value.entries.find(({ key }) => key === 'extends') : undefined;
  if (value.kind !== 'map' || extending === undefined) return value;
  const own: YamlValue = { ...value, entries: value.entries.filter((entry) => entry !== extending) };
  const here = [...path, resolve(expandHome(file))];
  const list = extending.value.kind === 'list' ? extending.value.items : [extending.value];
  let base: YamlValue | undefined;
  for (const item of list.toReversed()) {
    const part = await readBase(item, file, here);
    base = base === undefined ? part : laidOver(base, part);
  }
  return base === undefined ? own : laidOver(base, own);
}

async function readBase(item: YamlValue, from: string, path: readonly string[]): Promise<YamlValue> {
  if (item.kind !== 'scalar' || typeof item.value !== 'string') {
    throw new ParseError('Expected `extends` to be the name of a file, or a list of them', item.at);
  }
  const file = resolve(dirname(expandHome(from)), expandHome(item.value));
  if (path.includes(file)) {
    const circle = [...path.slice(path.indexOf(file)), file].join(' → ');
    throw new ParseError(`The files extend each other in a circle: ${circle}`, item.at);
  }
  return withBases(readYaml(await readPart(file, item.at), file), file, path);
}

function readPart(file: string, at: SourcePosition): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw new ParseError(`Cannot read what this testbed extends: ${messageOf(error)}`, at, { cause: error });
  });
}

/** Maps are merged key by key; of anything else the upper one stands. */
function laidOver(base: YamlValue, upper: YamlValue): YamlValue {
  if (base.kind !== 'map' || upper.kind !== 'map') return upper;
  const entries = new Map<string, YamlEntry>(base.entries.map((entry) => [entry.key, entry]));
  for (const entry of upper.entries) {
    const under = entries.get(entry.key);
    entries.set(entry.key, under === undefined ? entry : { ...entry, value: laidOver(under.value, entry.value) });
  }
  return { ...upper, entries: [...entries.values()] };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
