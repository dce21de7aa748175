import { concealed } from '../../core/secret.js';
import { isSecretName } from '../../core/secret-name.js';
import type { YamlEntry, YamlValue } from '../yaml-source.js';
import type { Markup } from './markup.js';
import type { KeptData } from './testbed-data.js';

/**
 * Plain data of what a testbed says and nobody here needs. Markups are replaced where they can be; fields that are called
 * like secrets can be read by name and do not show.
 */
export function keptData(entries: Iterable<YamlEntry>, markup: Markup): KeptData {
  const fields: [string, unknown][] = [];
  for (const { key, value } of entries) fields.push([key, keptValue(value, markup)]);
  const data: Record<string, unknown> = Object.fromEntries(fields);
  return concealed(data, Object.keys(data).filter(isSecretName));
}

function keptValue(value: YamlValue, markup: Markup): unknown {
  if (value.kind === 'map') return keptData(value.entries, markup);
  if (value.kind === 'list') return value.items.map((item) => keptValue(item, markup));
  return typeof value.value === 'string' ? markup.kept(value.value, value.at) : value.value;
}
