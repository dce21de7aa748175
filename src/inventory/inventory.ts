import { readFile } from 'node:fs/promises';
import { OptionError, ParseError } from '../core/hawser-error.js';
import { readGroups } from './group-table.js';
import { type HostDefaults, readHostDefaults } from './host-defaults.js';
import { HostSet } from './host-set/host-set.js';
import { parseTarget } from './parse-target.js';
import type { HopLike, Target } from './target.js';
import { readYaml, type YamlEntry, type YamlValue } from './yaml-source.js';

/**
 * Groups of hosts, and what is to be known of hosts to connect to them, from a YAML file.
 *
 * ```yaml
 * groups:
 *   web: web[01-04]
 *   prod: ['@web', db1]            # host expressions; @ is reserved in YAML and needs the quotes
 * hosts:
 *   web01: { port: 2222 }          # fields of Target, by host expression ...
 *   '@web': { user: deploy, proxyJump: bastion }
 *   '*.example.com': { user: me }  # ... or by a pattern of ssh_config(5)
 * ```
 *
 * Where several patterns cover a host, the first one that sets a field wins, as in ssh_config(5): put what is special
 * above what is general. `user` can be written for `username`. Secrets cannot stand in the file.
 */
export class Inventory {
  /** The names of the groups, in the order of the file. */
  readonly groups: readonly string[];
  readonly #groups: ReadonlyMap<string, HostSet>;
  readonly #defaults: readonly HostDefaults[];

  private constructor(
    names: readonly string[],
    groups: ReadonlyMap<string, HostSet>,
    defaults: readonly HostDefaults[],
  ) {
    this.groups = Object.freeze([...names]);
    this.#groups = groups;
    this.#defaults = defaults;
  }

  /**
   * Reads an inventory from text; `file` is where it came from, for errors.
   *
   * @throws ParseError with file, line and column: text that is no YAML, a host expression or a field that is at
   * fault, a group that is unknown or holds itself, a secret.
   */
  static parse(yaml: string, options: { readonly file?: string | undefined } = {}): Inventory {
    const sections = readSections(readYaml(yaml, options.file));
    const groups = readGroups(sections.groups);
    const defaults = readHostDefaults(sections.hosts, { resolve: (name) => groups.get(name), names: groups.keys() });
    return new Inventory(
      sections.groups.map(({ key }) => key),
      groups,
      defaults,
    );
  }

  /**
   * Reads an inventory from a file.
   *
   * @throws OptionError if the file cannot be read; ParseError as {@link Inventory.parse} does.
   */
  static async load(file: string): Promise<Inventory> {
    const yaml = await readFile(file, 'utf8').catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      throw new OptionError(`Cannot read the inventory ${file}: ${why}`, { cause: error });
    });
    return Inventory.parse(yaml, { file });
  }

  /**
   * The hosts of a group.
   *
   * @throws OptionError that lists the known groups, if there is no such group.
   */
  group(name: string): HostSet {
    const hosts = this.#groups.get(name);
    if (hosts !== undefined) return hosts;
    const known = this.groups.length === 0 ? 'it has no groups' : `known are ${this.groups.join(', ')}`;
    throw new OptionError(`The inventory has no group ${JSON.stringify(name)}; ${known}`);
  }

  /** Reads a host expression in which `@name` is a group of this inventory, as {@link HostSet.parse} does. */
  select(expression: string): HostSet {
    return HostSet.parse(expression, { groups: (name) => this.#groups.get(name), groupNames: this.groups });
  }

  /**
   * The target for a name, as `parseTarget` reads it, with what the inventory says of its host added. What the name
   * itself says (`root@web01:2222`) wins. A host that the inventory does not know is a target like any other.
   *
   * Hops that the inventory knows come with what it says of them; a hop's own `proxyJump` does not count. A host that
   * is a hop on its own way (`'*': { proxyJump: bastion }` covers the bastion too) is reached through those before it.
   *
   * @throws ParseError or OptionError as `parseTarget` does.
   */
  target(name: string): Target {
    const named = parseTarget(name);
    const { proxyJump, ...known } = this.#fieldsOf(named, name);
    const hops = hopsBefore(named.host, proxyJump).map((hop) => (typeof hop === 'string' ? this.#hop(hop) : hop));
    const [first, ...others] = hops;
    // The name in an inventory may stand for another address.
    const target = { ...known, ...named, host: known.host ?? named.host };
    return first === undefined ? target : { ...target, proxyJump: others.length === 0 ? first : hops };
  }

  #hop(name: string): HopLike {
    const named = parseTarget(name);
    const { proxyJump: _, ...known } = this.#fieldsOf(named, name);
    return Object.keys(known).length === 0 ? name : { ...known, ...named, host: known.host ?? named.host };
  }

  #fieldsOf({ host }: Target, name: string): Partial<Target> {
    const covering = this.#defaults.filter(({ covers }) => covers(host) || covers(name));
    return Object.assign({}, ...covering.map(({ fields }) => fields).reverse());
  }
}

/** The way to a host that is a hop itself ends where it comes to that host. */
function hopsBefore(host: string, proxyJump: Target['proxyJump']): readonly HopLike[] {
  const hops = proxyJump === undefined ? [] : [proxyJump].flat();
  const self = hops.findIndex((hop) => typeof hop === 'string' && parseTarget(hop).host === host);
  return self < 0 ? hops : hops.slice(0, self);
}

function readSections(root: YamlValue): { groups: readonly YamlEntry[]; hosts: readonly YamlEntry[] } {
  const sections: { groups: readonly YamlEntry[]; hosts: readonly YamlEntry[] } = { groups: [], hosts: [] };
  for (const { key, at, value } of entriesOf(root, 'An inventory')) {
    if (key !== 'groups' && key !== 'hosts') {
      throw new ParseError(`An inventory has no section ${JSON.stringify(key)}; known are groups and hosts`, at);
    }
    sections[key] = entriesOf(value, `The section ${key} of an inventory`);
  }
  return sections;
}

/** A file or a section with nothing in it is empty, not wrong. */
function entriesOf(value: YamlValue, what: string): readonly YamlEntry[] {
  if (value.kind === 'map') return value.entries;
  if (value.kind === 'scalar' && value.value === null) return [];
  throw new ParseError(`${what} is a map of names`, value.at);
}
