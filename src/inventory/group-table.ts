import { ParseError } from '../core/hawser-error.js';
import { MOST_NAMES } from './host-set/expression.js';
import { HostSet } from './host-set/host-set.js';
import type { SourcePosition, YamlEntry, YamlValue } from './yaml-source.js';

/** One host expression of a group. */
interface Member {
  readonly text: string;
  readonly at: SourcePosition;
}

/** What can stand behind `@` in an expression and be read as one name. */
const GROUP_NAME = /^[^\s,!&^@"[\]\u0000-\u001f\u007f-\u009f]+$/u;

/**
 * Reads the `groups` of an inventory: each a host expression or a list of them, which may name other groups.
 *
 * @throws ParseError where a group is no such thing, names an unknown group, or holds itself.
 */
export function readGroups(entries: readonly YamlEntry[]): ReadonlyMap<string, HostSet> {
  const members = new Map<string, readonly Member[]>();
  for (const { key, at, value } of entries) {
    if (!GROUP_NAME.test(key)) {
      throw new ParseError(`${JSON.stringify(key)} cannot be the name of a group: @… could not refer to it`, at);
    }
    members.set(key, readMembers(key, value));
  }

  const groups = new Map<string, HostSet>();
  const resolve = (name: string, path: readonly string[], from: SourcePosition): HostSet | undefined => {
    const known = groups.get(name);
    if (known !== undefined) return known;
    const list = members.get(name);
    if (list === undefined) return undefined;
    if (path.includes(name)) {
      const circle = [...path.slice(path.indexOf(name)), name].map((group) => `@${group}`).join(' → ');
      throw new ParseError(`The groups go round in a circle: ${circle}; take one of the references out`, from);
    }
    const sets = list.map(({ text, at }) => {
      const lookUp = (other: string): HostSet | undefined => resolve(other, [...path, name], at);
      return { at, hosts: HostSet.parse(text, { groups: lookUp, groupNames: members.keys(), at }) };
    });
    const hosts = unite(name, sets);
    groups.set(name, hosts);
    return hosts;
  };
  for (const { key, at } of entries) resolve(key, [], at);
  return groups;
}

function readMembers(group: string, value: YamlValue): Member[] {
  const items = value.kind === 'list' ? value.items : [value];
  return items.map((item) => {
    if (item.kind === 'scalar' && typeof item.value === 'string') return { text: item.value, at: item.at };
    const got = item.kind === 'scalar' ? String(item.value) : `a ${item.kind}`;
    throw new ParseError(
      `The group ${group} holds ${got} where a host expression such as "web[01-04]" belongs; [] is an empty group`,
      item.at,
    );
  });
}

function unite(group: string, sets: readonly { at: SourcePosition; hosts: HostSet }[]): HostSet {
  const [only, ...others] = sets;
  if (only !== undefined && others.length === 0) return only.hosts;
  let total = 0;
  for (const { at, hosts } of sets) {
    total += hosts.size;
    if (total > MOST_NAMES) throw new ParseError(`The group ${group} has more than ${MOST_NAMES} hosts`, at);
  }
  return HostSet.of(sets.flatMap(({ hosts }) => hosts.toArray()));
}
