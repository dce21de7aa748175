import { createHash } from 'node:crypto';

/** What the tokens of ssh_config(5) TOKENS stand for. `%C` is made of the others. */
export interface TokenValues {
  /** `%h`: the host name to connect to. */
  readonly h: string;
  /** `%n`: the host as the user named it. */
  readonly n: string;
  /** `%p`: the port. */
  readonly p: string;
  /** `%r`: the remote user; absent while it is being made. */
  readonly r?: string | undefined;
  /** `%j`: the jump host, empty without one. */
  readonly j: string;
  /** `%k`: the host key alias, else the same as `%n`. */
  readonly k: string;
  /** `%u`: the local user. */
  readonly u: string;
  /** `%i`: the local user's numeric id. */
  readonly i: string;
  /** `%d`: the local user's home directory. */
  readonly d: string;
  /** `%l`: the local host name, with its domain. */
  readonly l: string;
}

/** The value of one token letter; `undefined` where the keyword does not take that token. */
export type TokenLookup = (letter: string) => string | undefined;

/** All the tokens that most keywords take: `%C %d %h %i %j %k %L %l %n %p %r %u`. */
export function allTokens(values: TokenValues): TokenLookup {
  return (letter) => {
    switch (letter) {
      case 'C':
        return values.r === undefined ? undefined : connectionHash(values, values.r);
      case 'L':
        return values.l.split('.', 1)[0];
      case 'd':
      case 'h':
      case 'i':
      case 'j':
      case 'k':
      case 'l':
      case 'n':
      case 'p':
      case 'r':
      case 'u':
        return values[letter];
      default:
        return undefined;
    }
  };
}

/** Some of the tokens. */
export function onlyTokens(lookup: TokenLookup, letters: string): TokenLookup {
  return (letter) => (letters.includes(letter) ? lookup(letter) : undefined);
}

function connectionHash(values: TokenValues, user: string): string {
  return createHash('sha1').update(`${values.l}${values.h}${values.p}${user}${values.j}`).digest('hex');
}

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What {@link expand} replaces, and how it reports what it cannot replace. */
export interface Expansion {
  readonly tokens?: TokenLookup | undefined;
  /** Where `${NAME}` is looked up; left alone without it. */
  readonly env?: Environment | undefined;
  /** Makes the error that is thrown, from what is wrong. */
  readonly fail: (what: string) => Error;
}

/** Replaces `%` tokens and `${NAME}` variables in one pass: what was put in is not expanded again. */
export function expand(text: string, { tokens, env, fail }: Expansion): string {
  const sources = [...(tokens === undefined ? [] : ['%[^]?']), ...(env === undefined ? [] : ['\\$\\{[^}]*\\}?'])];
  if (sources.length === 0 || !/[%$]/.test(text)) return text;
  return text.replace(new RegExp(sources.join('|'), 'g'), (found) => {
    if (!found.startsWith('%')) return variable(found, env ?? {}, fail);
    const value = found === '%%' ? '%' : tokens?.(found.slice(1));
    if (value === undefined) throw fail(`"${found}" is not a token that may stand here; write %% for a percent sign.`);
    return value;
  });
}

function variable(found: string, env: Environment, fail: Expansion['fail']): string {
  if (!found.endsWith('}')) throw fail(`"${found}" has no closing brace.`);
  const value = env[found.slice(2, -1)];
  if (value === undefined) throw fail(`${found} stands for an environment variable that is not set.`);
  return value;
}
