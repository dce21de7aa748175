import { HostSet } from '../../inventory/host-set/host-set.js';
import type { Paint } from './paint.js';
import { columnsOf, counted, oneLine } from './text.js';

const RULE = 64;

/** The line above what is the same for several hosts: `── node[001-064] · 64 hosts · exit 0 ─────`. */
export function hostRule(keys: readonly string[], how: string, ok: boolean, paint: Paint): string {
  const hosts = oneLine(String(HostSet.of(keys)));
  const count = counted(keys.length, 'host');
  const rule = '─'.repeat(Math.max(3, RULE - columnsOf(`── ${hosts} · ${count} · ${how} `)));
  return `${paint.dim('── ')}${paint.bold(hosts)}${paint.dim(` · ${count} · `)}${ok ? paint.good(how) : paint.bad(how)} ${paint.dim(rule)}\n`;
}
