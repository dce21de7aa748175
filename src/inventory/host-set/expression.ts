import { OptionError, ParseError } from '../../core/hawser-error.js';
import { expandTerm, type Fail, readTerm, type Term } from './term.js';

/** More names than anyone means: past it an expression is refused before anything is expanded. */
export const MOST_NAMES = 1_000_000;

/** What a group holds: an expression (which may name other groups) or its hosts; `undefined` for an unknown group. */
export type GroupResolver = (name: string) => string | Iterable<string> | undefined;

/** Options of `HostSet.parse`. */
export interface HostSetOptions {
  /** Looks up `@name`. Default: there are no groups. */
  readonly groups?: GroupResolver | undefined;
  /** The names of all groups, for the error about one that is unknown. */
  readonly groupNames?: Iterable<string> | undefined;
  /** Where the text stands, for errors. Default: line 1, column 1 of no file. */
  readonly at?: { readonly file?: string | undefined; readonly line: number; readonly column: number } | undefined;
}

/** Names that are few enough; they are expanded when they are asked for. */
export interface Names {
  /** How many, where that is known before expanding. */
  readonly size: number | undefined;
  /** How many at most: those that are written, duplicates counted. */
  readonly most: number;
  expand(): Iterable<string>;
}

type Operator = ',' | '!' | '&' | '^';

interface Step {
  readonly operator: Operator;
  readonly names: Names;
  readonly index: number;
  readonly end: number;
}

/**
 * Evaluates a host expression from left to right; all operators bind alike, as in ClusterShell.
 *
 * @throws ParseError at the part that is at fault, which the message repeats.
 */
export function evaluate(text: string, options: HostSetOptions = {}, path: readonly string[] = []): Names {
  if (typeof text !== 'string') throw new OptionError(`Expected a host set to be a string, got ${typeof text}`);
  const fail: Fail = (why, index, part) => {
    throw faultAt(text, index, `Cannot read the host set ${inGroup(path)}${quote(part)}: ${why}`, options);
  };
  const steps = readSteps(text, options, path, fail);
  const most = countMost(text, steps, fail);
  const [only, ...others] = steps;
  if (only === undefined) return namesOf([]);
  return others.length === 0 ? only.names : { size: undefined, most, expand: () => combine(steps) };
}

function readSteps(text: string, options: HostSetOptions, path: readonly string[], fail: Fail): Step[] {
  const steps: Step[] = [];
  let index = skipSpace(text, 0);
  while (index < text.length) {
    const written = operatorAt(text, index);
    if (written !== undefined) {
      if (steps.length === 0) fail(`there is nothing before ${written}`, index, text.slice(index));
      const operand = skipSpace(text, index + 1);
      if (operand >= text.length || operatorAt(text, operand) !== undefined) {
        fail(`there is nothing after ${written}`, index, text.slice(index, operand + 1));
      }
      index = operand;
    }
    const { term, end } = readTerm(text, index, fail);
    const names = text[index] === '@' ? resolveTerm(term, options, path, index, fail) : termNames(term);
    steps.push({ operator: written ?? ',', names, index, end });
    index = skipSpace(text, end);
  }
  return steps;
}

function operatorAt(text: string, index: number): Operator | undefined {
  const character = text[index];
  return character === ',' || character === '!' || character === '&' || character === '^' ? character : undefined;
}

function skipSpace(text: string, start: number): number {
  const rest = text.slice(start).search(/\S/u);
  return rest < 0 ? text.length : start + rest;
}

function namesOf(list: readonly string[]): Names {
  return { size: undefined, most: list.length, expand: () => list };
}

function termNames(term: Term): Names {
  return { size: term.distinct ? term.count : undefined, most: term.count, expand: () => expandTerm(term) };
}

/** `@web`, and `@rack[1-3]` for several groups at once. */
function resolveTerm(term: Term, options: HostSetOptions, path: readonly string[], index: number, fail: Fail): Names {
  if (term.count > MOST_NAMES) fail(tooMany(term.count), index, '@…');
  const groups = [...new Set(expandTerm(term))].map((name) => resolveGroup(name.slice(1), options, path, index, fail));
  const [only, ...others] = groups;
  if (only !== undefined && others.length === 0) return only;
  const most = groups.reduce((sum, group) => sum + group.most, 0);
  return { size: undefined, most, expand: () => groups.flatMap((group) => [...group.expand()]) };
}

function resolveGroup(
  name: string,
  options: HostSetOptions,
  path: readonly string[],
  index: number,
  fail: Fail,
): Names {
  if (name === '') fail('@ stands before the name of a group', index, '@');
  if (path.includes(name)) {
    fail(
      `the groups go round in a circle: ${[...path.slice(path.indexOf(name)), name].join(' → ')}`,
      index,
      `@${name}`,
    );
  }
  const members = options.groups?.(name);
  if (members === undefined) return fail(unknownGroup(options), index, `@${name}`);
  if (typeof members !== 'string') return namesOf([...members]);
  // Where the group's text stands is not known here, so columns in it are its own.
  return evaluate(members, { ...options, at: undefined }, [...path, name]);
}

function unknownGroup({ groups, groupNames }: HostSetOptions): string {
  if (groups === undefined) return 'no groups are defined here; name the hosts themselves, or give an inventory';
  const known = groupNames === undefined ? [] : [...groupNames];
  return `there is no such group${known.length === 0 ? '' : `; known are ${known.map((name) => `@${name}`).join(', ')}`}`;
}

/** What is added counts together; what only takes away or sifts counts alone. */
function countMost(text: string, steps: readonly Step[], fail: Fail): number {
  let total = 0;
  for (const { operator, names, index, end } of steps) {
    const adds = operator === ',' || operator === '^';
    if (adds) total += names.most;
    const reached = adds ? total : names.most;
    if (reached > MOST_NAMES) fail(tooMany(reached), index, text.slice(index, end));
  }
  return total;
}

function tooMany(count: number): string {
  return `that makes ${count.toLocaleString('en-US')} names, and ${MOST_NAMES.toLocaleString('en-US')} is the limit`;
}

function combine(steps: readonly Step[]): Iterable<string> {
  let set = new Set<string>();
  for (const { operator, names } of steps) set = applyOperator(set, operator, new Set(names.expand()));
  return set;
}

function applyOperator(set: Set<string>, operator: Operator, operand: ReadonlySet<string>): Set<string> {
  switch (operator) {
    case ',':
      for (const name of operand) set.add(name);
      return set;
    case '!':
      for (const name of operand) set.delete(name);
      return set;
    case '&':
      return new Set([...set].filter((name) => operand.has(name)));
    case '^':
      for (const name of operand) if (!set.delete(name)) set.add(name);
      return set;
  }
}

/** Past the first line of the text, columns are those of the text's own lines. */
function faultAt(text: string, index: number, what: string, { at }: HostSetOptions): ParseError {
  const before = text.slice(0, index).split('\n');
  const line = (at?.line ?? 1) + before.length - 1;
  const column = (before.at(-1)?.length ?? 0) + (before.length === 1 ? (at?.column ?? 1) : 1);
  return new ParseError(what, { file: at?.file, line, column });
}

function inGroup(path: readonly string[]): string {
  return path.length === 0 ? '' : `of the group @${path.at(-1)} at `;
}

function quote(part: string): string {
  return JSON.stringify(part.length > 60 ? `${part.slice(0, 60)}…` : part);
}
