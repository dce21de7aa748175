import { readFile } from 'node:fs/promises';
import { OptionError } from '../../core/hawser-error.js';
import { expandHome } from '../../core/home.js';
import { matchesPattern } from '../../inventory/host-pattern.js';
import type { HostSetOptions } from '../../inventory/host-set/expression.js';
import { HostSet } from '../../inventory/host-set/host-set.js';
import type { Inventory } from '../../inventory/inventory.js';
import type { HostFlags } from './host-options.js';
import { inventoryFile } from './inventory-file.js';

/** What choosing hosts needs from outside. */
export interface SelectionSources {
  /** Reads all of stdin, as text. */
  stdin(): Promise<string>;
  /** The aliases of ssh_config: what a name with `*` or `?` is looked for among. */
  aliases(): Promise<readonly string[]>;
  /** Environment variables, for the place of the inventory. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The hosts that were chosen, and the inventory that knows more of them. */
export interface Selection {
  readonly hosts: HostSet;
  readonly inventory: Inventory | undefined;
}

/**
 * The inventory: the file that is named, else the default one where it exists. The YAML parser is loaded only where
 * there is something to parse.
 *
 * @throws OptionError if a named file cannot be read; ParseError for what is wrong in it.
 */
export async function loadInventory(
  named: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Inventory | undefined> {
  const file = expandHome(named ?? inventoryFile(env));
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (named === undefined && isMissing(error)) return undefined;
    throw new OptionError(`Cannot read the inventory ${file}: ${messageOf(error)}`, { cause: error });
  });
  if (text === undefined) return undefined;
  const { Inventory: Reader } = await import('../../inventory/inventory.js');
  return Reader.parse(text, { file });
}

/**
 * The hosts that flags and expressions choose: all that are named, without those that are excluded.
 *
 * @throws OptionError for a file that cannot be read or a group without an inventory; ParseError for an expression.
 */
export async function selectHosts(
  expressions: readonly string[],
  flags: HostFlags,
  sources: SelectionSources,
): Promise<Selection> {
  const inventory = await loadInventory(flags.inventory, sources.env);
  const readSet = (text: string, at?: HostSetOptions['at']): Promise<HostSet> =>
    withAliases(parseSet(text, inventory, sources.env, at), sources);
  const sets: HostSet[] = [];
  for (const text of [...expressions, ...(flags.hosts ?? [])]) sets.push(await readSet(text));
  for (const name of flags.group ?? []) sets.push(group(name, inventory, sources.env));
  for (const file of flags.hostsFile ?? []) {
    for (const { text, line } of hostLines(await readHosts(file, sources))) {
      sets.push(await readSet(text, { file: file === '-' ? '<stdin>' : file, line, column: 1 }));
    }
  }
  // One union over all names: a file may have thousands of lines.
  let hosts = sets.length === 1 && sets[0] !== undefined ? sets[0] : HostSet.of(sets.flatMap((set) => [...set]));
  for (const text of flags.exclude ?? []) {
    hosts = hosts.difference(await withAliases(parseSet(text, inventory, sources.env), sources, hosts));
  }
  return { hosts, inventory };
}

/** As {@link selectHosts}, for a command that must have hosts. Throws {@link OptionError} where there is none. */
export async function requireHosts(
  expressions: readonly string[],
  flags: HostFlags,
  sources: SelectionSources,
): Promise<Selection> {
  const named = [...expressions, ...(flags.hosts ?? []), ...(flags.group ?? []), ...(flags.hostsFile ?? [])];
  if (named.length === 0) {
    throw new OptionError("Expected hosts: name them with -H 'web[01-04]', -g GROUP or -f FILE.");
  }
  const selection = await selectHosts(expressions, flags, sources);
  if (selection.hosts.size > 0) return selection;
  throw new OptionError(`No host is left of ${named.join(', ')}: nothing to do. Look at it with: hawser hosts`);
}

function parseSet(
  text: string,
  inventory: Inventory | undefined,
  env: SelectionSources['env'],
  at?: HostSetOptions['at'],
): HostSet {
  return HostSet.parse(text, {
    ...(at === undefined ? {} : { at }),
    groups: (name) => group(name, inventory, env),
    groupNames: inventory?.groups ?? [],
  });
}

function group(name: string, inventory: Inventory | undefined, env: SelectionSources['env']): HostSet {
  if (inventory !== undefined) return inventory.group(name);
  throw new OptionError(
    `Cannot look up the group ${JSON.stringify(name)}: there is no inventory. Make ${inventoryFile(env)}, or name one with --inventory.`,
  );
}

/** Replaces names with `*` and `?` by what they match: the aliases of ssh_config, or `among`. */
async function withAliases(set: HostSet, sources: SelectionSources, among?: HostSet): Promise<HostSet> {
  const names = [...set];
  if (!names.some(isPattern)) return set;
  const known = among === undefined ? await sources.aliases() : [...among];
  const found = names.flatMap((name) => {
    if (!isPattern(name)) return [name];
    const matches = known.filter((alias) => matchesPattern(name, alias));
    if (matches.length > 0 || among !== undefined) return matches;
    throw new OptionError(`No Host of ssh_config matches ${JSON.stringify(name)}: name hosts that it spells out.`);
  });
  return HostSet.of(found);
}

function isPattern(name: string): boolean {
  return /[*?]/.test(name);
}

async function readHosts(file: string, sources: SelectionSources): Promise<string> {
  if (file === '-') return sources.stdin();
  return readFile(expandHome(file), 'utf8').catch((error: unknown) => {
    throw new OptionError(`Cannot read the hosts in ${file}: ${messageOf(error)}`, { cause: error });
  });
}

/** The lines of a file of hosts that have something to say: `#` begins a comment. */
export function hostLines(text: string): { readonly text: string; readonly line: number }[] {
  return text.split('\n').flatMap((raw, index) => {
    const line = raw.replace(/(^|\s)#.*$/s, '').trim();
    return line === '' ? [] : [{ text: line, line: index + 1 }];
  });
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
