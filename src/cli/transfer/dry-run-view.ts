import { formatSize } from '../../core/format-size.js';
import { visible } from '../../core/visible.js';
import type { EntryOutcome } from '../../remote/transfer/entry-outcome.js';
import { hostRule } from '../terminal/host-rule.js';
import type { Output } from '../terminal/output.js';
import type { Paint } from '../terminal/paint.js';
import { counted } from '../terminal/text.js';
import type { DryRun, SameForHosts } from './dry-run.js';
import type { TransferAction } from './transfer-summary.js';

/** As much is listed of one kind of thing, and of so many lists, as anybody reads: `--output json` has all. */
const LISTED = 100;
const LISTS = 20;

/** What {@link showDryRun} shows it on. */
export interface DryRunViewOptions {
  readonly output: Output;
  /** For stdout. */
  readonly paint: Paint;
  readonly action: TransferAction;
}

interface Section {
  readonly word: string;
  readonly color: 'good' | 'bad' | 'dim';
  readonly entries: readonly EntryOutcome[];
}

/** Lists what would be done, file by file, once for all hosts that it is the same for. */
export function showDryRun(plan: DryRun, keys: readonly string[], o: DryRunViewOptions): void {
  const groups = plan.groups(keys);
  for (const group of groups.slice(0, LISTS)) showGroup(group, o);
  const left = groups.slice(LISTS).reduce((sum, group) => sum + group.keys.length, 0);
  if (left > 0)
    o.output.write(o.paint.dim(`${counted(left, 'more host')}, each another list: --output json has all\n`));
}

function showGroup({ keys, entries }: SameForHosts, { output, paint, action }: DryRunViewOptions): void {
  const sections = sectionsOf(entries, action).filter((section) => section.entries.length > 0);
  const how = sections.map(({ word, entries: some }) => `${some.length.toLocaleString('en-US')} to ${word}`).join(', ');
  output.write(hostRule(keys, how === '' ? 'nothing to do' : how, true, paint));
  for (const { word, color, entries: some } of sections) {
    for (const entry of some.slice(0, LISTED)) output.write(`${paint[color](lineOf(word, entry))}\n`);
    if (some.length <= LISTED) continue;
    const more = `and ${(some.length - LISTED).toLocaleString('en-US')} more to ${word}: --output json lists all`;
    output.write(`${paint.dim(more)}\n`);
  }
}

function sectionsOf(entries: readonly EntryOutcome[], action: TransferAction): Section[] {
  const those = (which: EntryOutcome['action']): readonly EntryOutcome[] =>
    entries.filter((entry) => entry.action === which);
  return [
    { word: action === 'put' ? 'send' : 'fetch', color: 'good', entries: those('copied') },
    { word: 'delete', color: 'bad', entries: those('deleted') },
    { word: 'skip', color: 'dim', entries: those('skipped') },
  ];
}

/** `send     1.2 KiB  img/logo.png`: names are shown so that they take one line and obey nothing. */
function lineOf(word: string, { kind, path, size }: EntryOutcome): string {
  const what = size === undefined ? (kind === 'link' ? 'link' : '') : formatSize(size);
  const name = visible(path).replaceAll('\n', '\\n').replaceAll('\t', '\\t');
  return `${word.padEnd(6)} ${what.padStart(9)}  ${kind === 'directory' ? `${path === '' ? '.' : name}/` : name}`;
}
