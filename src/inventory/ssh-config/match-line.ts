import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { ParseError } from '../../core/hawser-error.js';
import { type Criterion, MatchCondition } from './condition.js';
import { type ConfigLine, errorAt, splitWords, type Word } from './lexer.js';
import { asciiLowerCase, compilePatternList } from './pattern.js';
import { expand } from './tokens.js';

/** Runs the command of a `Match exec` and says whether it succeeded. It comes with its tokens expanded, for a shell. */
export type MatchExec = (command: string) => boolean;

/** What parsing a Match line needs and finds beside its condition. */
export interface MatchContext {
  readonly exec: MatchExec | undefined;
  /** Is told of each criterion that cannot be tested, so that the lines below it never apply. */
  warn(warning: ParseError): void;
  /** Is called when the line asks for a second pass over the configuration. */
  wantFinalPass(): void;
}

/** `Match tagged ""` is where no tag is set. */
const MAY_BE_EMPTY = /^!?(?:tagged|command)$/i;
const NEVER: Criterion = () => false;
const WITH_ARGUMENT =
  /^(!?(?:host|originalhost|user|localuser|localnetwork|tagged|exec|version|command|sessiontype))=(.*)$/is;

/**
 * Parses a Match line (ssh_config(5), Match).
 *
 * @throws ParseError when a criterion lacks its argument, or `all` stands beside others.
 */
export function parseMatch(line: ConfigLine, context: MatchContext): MatchCondition {
  const words = splitWords(line).flatMap(splitAssignment).values();
  const criteria: Criterion[] = [];
  for (const word of words) {
    const negated = word.text.startsWith('!');
    const name = (negated ? word.text.slice(1) : word.text).toLowerCase();
    if (name === 'all') {
      if (criteria.length > 1 || words.next().done !== true) {
        throw errorAt(line, '"all" cannot be combined with other criteria of Match.', word.column);
      }
      criteria.push(() => !negated);
    } else if (name === 'final' || name === 'canonical') {
      if (name === 'final' && !negated) context.wantFinalPass();
      criteria.push((state) => state.finalPass !== negated);
    } else {
      const criterion = compileCriterion(name, argumentOf(name, word, words.next().value, line), line, context);
      if (criterion === undefined) context.warn(errorAt(line, reasonFor(name), word.column));
      criteria.push(criterion === undefined ? NEVER : negated ? (state) => !criterion(state) : criterion);
    }
  }
  if (criteria.length === 0) {
    throw errorAt(line, 'Match has no criterion; "Match all" always applies.', line.restColumn);
  }
  return new MatchCondition(criteria);
}

/** `host=web*` and `host = web*` are the same as `host web*`. */
function splitAssignment(word: Word): Word[] {
  const { text, column } = word;
  const found = WITH_ARGUMENT.exec(text);
  if (found === null) return text.startsWith('=') ? withText(text.slice(1), column + 1) : [word];
  const [, name = '', value = ''] = found;
  const empty: Word[] = MAY_BE_EMPTY.test(name) ? [{ text: '', column }] : [];
  return [{ text: name, column }, ...(value === '' ? empty : withText(value, column + name.length + 1))];
}

function withText(text: string, column: number): Word[] {
  return text === '' ? [] : [{ text, column }];
}

function argumentOf(name: string, word: Word, argument: Word | undefined, line: ConfigLine): Word {
  if (argument !== undefined && (argument.text !== '' || MAY_BE_EMPTY.test(name))) return argument;
  throw errorAt(line, `The criterion "${name}" of Match has no argument.`, word.column);
}

function compileCriterion(
  name: string,
  argument: Word,
  line: ConfigLine,
  { exec }: MatchContext,
): Criterion | undefined {
  const { text } = argument;
  switch (name) {
    case 'host': {
      const test = compilePatternList(text, { lowerCase: true });
      return (state) => test(asciiLowerCase(state.hostName()));
    }
    case 'originalhost': {
      const test = compilePatternList(text, { lowerCase: true });
      return (state) => test(asciiLowerCase(state.originalHost));
    }
    case 'user': {
      const test = compilePatternList(text);
      return ({ draft, localUser }) => test(draft.settings.user ?? localUser);
    }
    case 'localuser': {
      const test = compilePatternList(text);
      return ({ localUser }) => test(localUser);
    }
    case 'tagged': {
      const test = compilePatternList(text);
      return ({ draft: { settings } }) => (settings.tag === undefined ? text === '' : test(settings.tag));
    }
    case 'localnetwork':
      return compileLocalNetwork(argument, line);
    case 'exec':
      return exec === undefined ? undefined : (state) => exec(expandCommand(argument, line, state));
    default:
      return undefined;
  }
}

function expandCommand(argument: Word, line: ConfigLine, state: Parameters<Criterion>[0]): string {
  return expand(argument.text, {
    tokens: state.tokens(),
    fail: (what) => errorAt(line, `The command of Match exec cannot be expanded: ${what}`, argument.column),
  });
}

function compileLocalNetwork(argument: Word, line: ConfigLine): Criterion {
  const wanted = new BlockList();
  const refused = new BlockList();
  for (const part of argument.text.split(',')) {
    const [, bang, address = '', length] = /^(!?)([^/]*)(?:\/(\d+))?$/.exec(part) ?? [];
    const version = isIP(address);
    const bits = version === 4 ? 32 : 128;
    const prefix = length === undefined ? bits : Number(length);
    if (version === 0 || prefix > bits) {
      throw errorAt(line, `Expected the localnetwork of Match to be like 10.0.0.0/8, got "${part}".`, argument.column);
    }
    (bang === '!' ? refused : wanted).addSubnet(address, prefix, version === 4 ? 'ipv4' : 'ipv6');
  }
  return () =>
    Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .some(({ address, family }) => {
        const kind = family === 'IPv4' ? 'ipv4' : 'ipv6';
        return wanted.check(address, kind) && !refused.check(address, kind);
      });
}

function reasonFor(name: string): string {
  const reason =
    name === 'exec'
      ? 'Match exec is not run, for a configuration must not start programs unasked'
      : `The criterion "${name}" of Match cannot be tested here`;
  return `${reason}: the lines below it never apply.`;
}
