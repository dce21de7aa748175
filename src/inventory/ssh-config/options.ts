import { type ConfigLine, errorAt } from './lexer.js';
import { compilePattern } from './pattern.js';
import type { Draft, Settings } from './settings.js';
import {
  readAlgorithms,
  readChoice,
  readCommand,
  readFiles,
  readFlag,
  readInteger,
  readNames,
  readPort,
  readProxyJump,
  readText,
  readTime,
  readWord,
  readWords,
} from './values.js';

/** What one line does to the settings of a host that it applies to. */
export type Directive = (draft: Draft) => void;

type Compile = (line: ConfigLine) => Directive;

function first<K extends keyof Settings>(
  key: K,
  read: (line: ConfigLine) => Settings[K] | undefined,
): [string, Compile] {
  return [
    key,
    (line) => {
      const value = read(line);
      return (draft) => draft.first(key, value, line);
    },
  ];
}

/** ProxyJump and ProxyCommand rule each other out: the one that comes first stands, `none` included. */
function firstOfTwo<K extends 'proxyjump' | 'proxycommand'>(
  key: K,
  rival: 'proxyjump' | 'proxycommand',
  read: (line: ConfigLine) => Settings[K] | undefined,
): [string, Compile] {
  return [
    key,
    (line) => {
      const value = read(line);
      return (draft) => {
        if (draft.settings[rival] === undefined) draft.first(key, value, line);
      };
    },
  ];
}

function file(keyword: string, list: 'identityFiles' | 'certificateFiles'): [string, Compile] {
  return [
    keyword,
    (line) => {
      const path = readText(line);
      return (draft) => {
        draft.addFile(list, path, line);
        draft.note(keyword, line);
      };
    },
  ];
}

const compileSendEnv: Compile = (line) => {
  const words = readWords(line);
  const wrong = words.find((word) => word.text.includes('='));
  if (wrong !== undefined) {
    throw errorAt(
      line,
      `Expected ${line.written} to name variables, got "${wrong.text}"; SetEnv sets one.`,
      wrong.column,
    );
  }
  const steps = words.map(({ text }) => ({
    text,
    dropped: text.startsWith('-') ? compilePattern(text.slice(1)) : undefined,
  }));
  return (draft) => {
    for (const { text, dropped } of steps) {
      if (dropped !== undefined) draft.sendEnv = draft.sendEnv.filter((name) => !dropped(name));
      else if (!draft.sendEnv.includes(text)) draft.sendEnv.push(text);
    }
    draft.note('sendenv', line);
  };
};

function readAssignments(line: ConfigLine): readonly string[] | undefined {
  const names = new Set<string>();
  const texts = readWords(line).flatMap(({ text, column }) => {
    const equals = text.indexOf('=');
    if (equals === -1) throw errorAt(line, `Expected ${line.written} to be NAME=VALUE, got "${text}".`, column);
    const name = text.slice(0, equals);
    if (names.has(name)) return [];
    names.add(name);
    return [text];
  });
  return texts.length === 0 ? undefined : texts;
}

const FLAGS: Readonly<Record<string, boolean>> = { yes: true, true: true, no: false, false: false };

const compileForwardAgent: Compile = (line) => {
  const word = readWord(line);
  const flag = FLAGS[word.text.toLowerCase()];
  if (flag !== undefined) return (draft) => draft.first('forwardagent', flag, line);
  const path = readAgentPath(line);
  // ssh keeps the flag and the path apart, and each keeps its own first value.
  return (draft) => {
    draft.first('forwardagent', true, line);
    draft.first('forwardagentpath', path, line);
  };
};

function readAgentPath(line: ConfigLine): string {
  const word = readWord(line);
  if (/^\$(?!\{)/.test(word.text) && !/^\$\w+$/.test(word.text)) {
    throw errorAt(line, `Expected ${line.written} to name a variable after "$", got "${word.text}".`, word.column);
  }
  return word.text;
}

const COMPILERS: ReadonlyMap<string, Compile> = new Map<string, Compile>([
  first('hostname', readText),
  first('port', readPort),
  first('user', readText),
  first('hostkeyalias', readText),
  file('identityfile', 'identityFiles'),
  file('certificatefile', 'certificateFiles'),
  first('identitiesonly', readFlag),
  first('identityagent', readAgentPath),
  firstOfTwo('proxyjump', 'proxycommand', readProxyJump),
  firstOfTwo('proxycommand', 'proxyjump', readCommand),
  first('userknownhostsfile', readFiles),
  first('globalknownhostsfile', readFiles),
  first('hashknownhosts', readFlag),
  first(
    'stricthostkeychecking',
    readChoice({ yes: 'yes', no: 'no', ask: 'ask', 'accept-new': 'accept-new', true: 'yes', false: 'no', off: 'no' }),
  ),
  first('connecttimeout', readTime),
  first('connectionattempts', readInteger),
  first('serveraliveinterval', readTime),
  first('serveralivecountmax', readInteger),
  first('ciphers', readAlgorithms),
  first('macs', readAlgorithms),
  first('kexalgorithms', readAlgorithms),
  first('hostkeyalgorithms', readAlgorithms),
  first('pubkeyacceptedalgorithms', readAlgorithms),
  first('preferredauthentications', readNames),
  first(
    'pubkeyauthentication',
    readChoice({ yes: true, no: false, true: true, false: false, unbound: true, 'host-bound': true }),
  ),
  first('passwordauthentication', readFlag),
  first('kbdinteractiveauthentication', readFlag),
  ['sendenv', compileSendEnv],
  first('setenv', readAssignments),
  ['forwardagent', compileForwardAgent],
  first('compression', readChoice({ yes: true, no: false })),
  first('addressfamily', readChoice({ any: 'any', inet: 'inet', inet6: 'inet6' })),
  first('bindaddress', readText),
  first('canonicalizehostname', readChoice({ yes: true, no: false, true: true, false: false, always: true })),
  first('tag', readText),
]);

const ALIASES: Readonly<Record<string, string>> = {
  identityfile2: 'identityfile',
  challengeresponseauthentication: 'kbdinteractiveauthentication',
  skeyauthentication: 'kbdinteractiveauthentication',
  tisauthentication: 'kbdinteractiveauthentication',
  dsaauthentication: 'pubkeyauthentication',
  pubkeyacceptedkeytypes: 'pubkeyacceptedalgorithms',
};

/** The name under which ssh keeps a keyword, in lower case: older names of the same thing become the newer one. */
export function canonicalKeyword(keyword: string): string {
  const lower = keyword.toLowerCase();
  return ALIASES[lower] ?? lower;
}

/**
 * Compiles a line whose keyword says how to connect; `undefined` for every other keyword.
 *
 * @throws ParseError when its arguments are not what the keyword takes.
 */
export function compileDirective(line: ConfigLine): Directive | undefined {
  return COMPILERS.get(canonicalKeyword(line.keyword))?.(line);
}
