import { OptionError, ParseError } from '../core/hawser-error.js';
import { checkTargetOptions, isTargetField } from './check-target.js';
import { isKeyText } from './format-target.js';
import { matchesPattern } from './host-pattern.js';
import type { GroupResolver } from './host-set/expression.js';
import { HostSet } from './host-set/host-set.js';
import type { Target } from './target.js';
import { plainYaml, type YamlEntry, type YamlValue } from './yaml-source.js';

/** What an inventory says of the hosts that a pattern covers. */
export interface HostDefaults {
  covers(name: string): boolean;
  readonly fields: Readonly<Partial<Target>>;
}

/** How ssh_config(5) and most people call a field of {@link Target}. */
const ALSO_CALLED: ReadonlyMap<string, keyof Target> = new Map([['user', 'username']]);

/** Fields that a file cannot hold, and what to do instead. */
const NOT_IN_FILES: ReadonlyMap<string, string> = new Map([
  ['password', 'A password'],
  ['passphrase', 'A passphrase'],
]);

/**
 * Reads the `hosts` of an inventory: fields of {@link Target} for each pattern. A pattern with `*` or `?` is one of
 * ssh_config(5), any other is a host expression, in which groups can stand.
 *
 * @throws ParseError for a field that is unknown, has a value that cannot be meant, or holds a secret.
 */
export function readHostDefaults(
  entries: readonly YamlEntry[],
  groups: { readonly resolve: GroupResolver; readonly names: Iterable<string> },
): HostDefaults[] {
  return entries.map(({ key, at, value }) => {
    const covers = /[*?]/u.test(key)
      ? (name: string): boolean => matchesPattern(key, name)
      : coverSet(HostSet.parse(key, { groups: groups.resolve, groupNames: groups.names, at }));
    return { covers, fields: readFields(key, value) };
  });
}

function coverSet(hosts: HostSet): (name: string) => boolean {
  return (name) => hosts.has(name);
}

function readFields(pattern: string, value: YamlValue): Partial<Target> {
  if (value.kind === 'scalar' && value.value === null) return {};
  if (value.kind !== 'map') {
    throw new ParseError(`Expected fields such as { username: deploy, port: 22 } for the hosts ${pattern}`, value.at);
  }
  const fields: Record<string, unknown> = {};
  for (const entry of value.entries) {
    const field = ALSO_CALLED.get(entry.key) ?? entry.key;
    if (Object.hasOwn(fields, field)) {
      throw new ParseError(`${entry.key} and ${field} are the same field; keep one`, entry.at);
    }
    fields[field] = readField(pattern, field, entry);
  }
  checkTargetOptions(fields);
  return fields;
}

function readField(pattern: string, field: string, { at, value }: YamlEntry): unknown {
  const secret =
    NOT_IN_FILES.get(field) ?? (field === 'privateKey' && holdsKeyText(value) ? 'The text of a key' : undefined);
  if (secret !== undefined) {
    throw new ParseError(
      `${secret} must not stand in an inventory, which others read (\`${field}\` of the hosts ${pattern}). ` +
        'Take it out, change it if others could read it, and use an agent, the path of a key, or the option of connect',
      at,
    );
  }
  if (field === 'key') throw new ParseError('A host has its name for a key; take `key` out', at);
  if (field === 'proxyJump' && holdsMap(value)) {
    throw new ParseError('A hop of an inventory is a name; describe it under hosts, as any other host', value.at);
  }
  const plain = plainYaml(value);
  try {
    checkTargetOptions({ [field]: plain });
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    // An unknown field is at fault itself, else its value is.
    throw new ParseError(`${error.message} (for the hosts ${pattern})`, isTargetField(field) ? value.at : at, {
      cause: error,
    });
  }
  return plain;
}

function holdsKeyText(value: YamlValue): boolean {
  const plain = plainYaml(value);
  return (Array.isArray(plain) ? plain : [plain]).some((key) => typeof key === 'string' && isKeyText(key));
}

function holdsMap(value: YamlValue): boolean {
  return value.kind === 'map' || (value.kind === 'list' && value.items.some(holdsMap));
}
