import { MultiResult } from '../../connection/results/multi-result.js';
import type { CommandResult } from '../../core/command-result.js';
import { visible } from '../../core/visible.js';
import { hostRule } from '../terminal/host-rule.js';
import { oneLine } from '../terminal/text.js';
import { describeFailure, shortOutcome } from './describe-failure.js';
import type { CollectedView, ViewOptions } from './run-view.js';

/** Hosts that came to the same. */
export interface Group {
  readonly keys: readonly string[];
  /** How it ended, in a word or two. */
  readonly how: string;
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
  /** Why, where that is not said already: one line for all, or one for each host. */
  readonly reasons: readonly string[];
}

/** Shows each distinct output once, under the set of hosts that wrote it, when all hosts are done. */
export class FoldView implements CollectedView {
  readonly #options: ViewOptions;

  constructor(options: ViewOptions) {
    this.#options = options;
  }

  end(results: readonly CommandResult[]): void {
    for (const group of foldRun(results, this.#options.trustFlags)) this.#show(group);
  }

  #show({ keys, how, ok, stdout, stderr, reasons }: Group): void {
    const { output, paint, raw } = this.#options;
    const safe = (text: string): string => (output.isTerminal && !raw ? visible(text.replaceAll('\r\n', '\n')) : text);
    output.write(hostRule(keys, how, ok, paint));
    for (const reason of reasons) output.write(`${reason}\n`);
    if (stdout !== '') output.write(ended(safe(stdout)));
    if (stderr !== '') output.write(ended(safe(stderr)).replace(/^(?=.)/gm, `${paint.warn('!')} `));
  }
}

/**
 * Groups what hosts came to: by how the command ended and all that it wrote, the largest group first, then those that
 * wrote nothing and failed, by how.
 */
export function foldRun(results: readonly CommandResult[], trustFlags: readonly string[] = []): Group[] {
  const wrote = results.filter(hasOutput);
  const silent = results.filter((result) => !hasOutput(result));
  return [
    ...groupBy(wrote, (result) => JSON.stringify([result.outcome, shortOutcome(result)]))
      .flatMap(foldOutput)
      .sort(larger),
    ...groupBy(silent, (result) => shortOutcome(result))
      .map((members) => withoutOutput(members, trustFlags))
      .sort(larger),
  ];
}

function groupBy(results: readonly CommandResult[], by: (result: CommandResult) => string): CommandResult[][] {
  const groups = new Map<string, CommandResult[]>();
  for (const result of results) {
    const key = by(result);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [result]);
    else known.push(result);
  }
  return [...groups.values()];
}

/** Of results that ended alike, those whose output is the same. */
function foldOutput(results: readonly CommandResult[]): Group[] {
  const all = new MultiResult(results);
  return all.fold().flatMap(({ keys, output }) => {
    const members = new MultiResult(keys.flatMap((key) => all.get(key) ?? []));
    return members.fold({ stream: 'stderr' }).map((group) => ({
      keys: group.keys,
      how: howEnded(results),
      ok: members.ok,
      stdout: output,
      stderr: group.output,
      reasons: [],
    }));
  });
}

/** How they ended, all of them alike. */
function howEnded([first]: readonly CommandResult[]): string {
  if (first === undefined) return '';
  if (!first.ok) return shortOutcome(first);
  // A device that has only a prompt gives no status.
  return first.status === null ? 'ok' : 'exit 0';
}

function withoutOutput(results: readonly CommandResult[], trustFlags: readonly string[]): Group {
  const how = howEnded(results);
  const reasons = results.map((result) => {
    const { what, next } = describeFailure(result, trustFlags);
    return { key: result.key, text: next === undefined ? what : `${what}  → ${next}` };
  });
  const distinct = [...new Set(reasons.map(({ text }) => text))];
  const [only] = distinct;
  const shown =
    distinct.length === 1 && only !== undefined
      ? [only].filter((text) => text !== how)
      : reasons.map(({ key, text }) => `${oneLine(key)}  ${text}`);
  return { keys: results.map(({ key }) => key), how, ok: false, stdout: '', stderr: '', reasons: shown };
}

function larger(a: Group, b: Group): number {
  return b.keys.length - a.keys.length;
}

/** Whether there is something to compare: a command that ran and wrote nothing is alike those that did the same. */
function hasOutput({ outcome, stdout, stderr }: CommandResult): boolean {
  return outcome === 'exit' || outcome === 'signal' || stdout !== '' || stderr !== '';
}

function ended(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}
