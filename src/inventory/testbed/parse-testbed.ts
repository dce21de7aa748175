import { ParseError } from '../../core/hawser-error.js';
import { readYaml, type YamlEntry, type YamlValue } from '../yaml-source.js';
import { entriesOf, type KnownKeys, refuseSlips, withMerges } from './entries.js';
import { keptData } from './kept-data.js';
import { type AskSecret, Markup } from './markup.js';
import { checkProxies } from './proxies.js';
import { holdsCredentials, readCredentials } from './read-credentials.js';
import { readDevice } from './read-device.js';
import type { TestbedData, TestbedDevice } from './testbed-data.js';

/** How the markups of a testbed are replaced. */
export interface ParseTestbedOptions {
  /** Where `%ENV{NAME}` looks. Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Asks for a secret that the file gives as `%ASK{text}`, when it is first needed. Default: nobody can be asked. */
  readonly prompt?: AskSecret | undefined;
}

const SECTIONS: KnownKeys = { known: ['testbed', 'devices', 'topology', 'extends'] };
const TESTBED: KnownKeys = {
  known: ['name', 'alias', 'credentials', 'servers', 'custom'],
  passed: ['network', 'passwords', 'tacacs', 'class', 'testbed_file', 'iou'],
};

/**
 * Reads a testbed as pyATS writes it: `testbed`, `devices` with their `connections`, and `topology`. `file` is where the
 * text came from, for errors.
 *
 * @example
 * const { devices } = parseTestbed(await readFile('lab.yaml', 'utf8'), { file: 'lab.yaml' });
 *
 * @throws ParseError with file, line and column: text that is no YAML, a slip in a key, a value that cannot be meant, a
 * markup that cannot be replaced, proxies that are unknown or go round in a circle, and `extends`, which needs a file to
 * be relative to ({@link loadTestbed}).
 */
export function parseTestbed(
  yaml: string,
  options: ParseTestbedOptions & { readonly file?: string | undefined } = {},
): TestbedData {
  const root = readYaml(yaml, options.file);
  const extending = root.kind === 'map' ? root.entries.find(({ key }) => key === 'extends') : undefined;
  if (extending !== undefined) {
    throw new ParseError('`extends` is relative to a file: load the testbed from its file', extending.at);
  }
  return readTestbed(root, options);
}

/** Reads a testbed whose parts have been put together. Throws ParseError as {@link parseTestbed} does. */
export function readTestbed(source: YamlValue, options: ParseTestbedOptions): TestbedData {
  const root = withMerges(source);
  if (root.kind !== 'map') throw new ParseError('A testbed is a map with the sections testbed and devices', root.at);
  const sections = entriesOf(root, 'A testbed');
  refuseSlips(sections, 'A testbed', SECTIONS);
  const listed = sections.get('devices');
  if (listed === undefined) throw new ParseError('A testbed has a section `devices`, and there is none', root.at);
  const markup = new Markup(root, { env: options.env ?? process.env, ask: options.prompt });

  const testbed = readSection(sections.get('testbed'), 'The section testbed');
  refuseSlips(testbed, 'The section testbed', TESTBED);
  const credentials = readCredentials(testbed, 'the testbed', markup);
  const devices = new Map<string, TestbedDevice>();
  for (const entry of readSection(listed, 'The section devices').values()) {
    devices.set(entry.key, readDevice(entry, credentials, markup));
  }
  refuseDoubles(devices);
  const [name, alias] = ['name', 'alias'].map((key) => testbed.get(key)?.value);
  return {
    file: root.at.file,
    name: name === undefined ? undefined : markup.text(name, 'The name of the testbed'),
    alias: alias === undefined ? undefined : markup.text(alias, 'The alias of the testbed'),
    credentials,
    devices: new Map([...devices].map(([key, device]) => [key, withProxies(device, devices)])),
    facts: keptData(
      [...testbed.values()].filter(({ key }) => key !== 'name' && key !== 'alias' && !holdsCredentials(key)),
      markup,
    ),
    topology: keptData(readSection(sections.get('topology'), 'The section topology').values(), markup),
  };
}

function readSection(entry: YamlEntry | undefined, what: string): ReadonlyMap<string, YamlEntry> {
  return entry === undefined ? new Map() : entriesOf(entry.value, what);
}

function withProxies(device: TestbedDevice, devices: ReadonlyMap<string, TestbedDevice>): TestbedDevice {
  const vias = [...device.vias].map(
    ([name, via]) => [name, { ...via, proxy: checkProxies(device, via, devices) }] as const,
  );
  return { ...device, vias: new Map(vias) };
}

/** A name that means two devices means none. */
function refuseDoubles(devices: ReadonlyMap<string, TestbedDevice>): void {
  const aliases = new Map<string, string>();
  for (const { name, alias, at } of devices.values()) {
    if (alias === undefined || alias === name) continue;
    const other = devices.has(alias) ? alias : aliases.get(alias);
    if (other !== undefined) {
      throw new ParseError(`The alias ${JSON.stringify(alias)} of ${name} means ${other} already; choose another`, at);
    }
    aliases.set(alias, name);
  }
}
