import { readFile } from 'node:fs/promises';
import { defined } from '../../core/defined.js';
import { OptionError, ParseError } from '../../core/hawser-error.js';
import { readYaml, type YamlValue } from '../yaml-source.js';
import type {
  ModeStep,
  Platform,
  PlatformLogin,
  PlatformMode,
  PlatformPager,
  PlatformSigns,
  PlatformStatement,
} from './platform.js';
import { type ReadYaml, readBoolean, readList, readPattern, readText, YamlFields } from './yaml-fields.js';

const KEYS = [
  'name',
  'aliases',
  'modes',
  'steps',
  'privileged',
  'configuration',
  'login',
  'signs',
  'pagers',
  'initial',
  'errors',
  'comment',
  'interrupt',
  'settle',
  'shell',
] as const;

/**
 * Reads a {@link Platform} from YAML. Its fields are those of the type; a pattern is the text of a regular expression, or
 * `{ regex, flags }`.
 *
 * @example
 * const acme = parsePlatform(`
 * name: acme
 * modes:
 *   exec: { prompt: '^(?<host>\\w+)> $' }
 * `);
 *
 * @throws ParseError with line and column: text that is no YAML, a field that is missing, unknown or of another kind, a
 *   pattern that is none, a mode that is not among `modes`.
 */
export function parsePlatform(text: string, file?: string): Platform {
  const source = readYaml(text, file);
  const fields = new YamlFields(source, 'the platform', KEYS);
  const modes = fields.need('modes', readModes);
  const names = Object.keys(modes);
  const readMode: ReadYaml<string> = (value, what) => {
    const mode = readText(value, what);
    if (names.includes(mode)) return mode;
    throw new ParseError(`Expected ${what} to be one of the modes: ${names.join(', ')}`, value.at);
  };
  return {
    name: fields.need('name', readText),
    modes,
    ...defined({
      aliases: fields.find('aliases', readList(readText)),
      steps: fields.find('steps', readList(stepReader(readMode))),
      privileged: fields.find('privileged', readMode),
      configuration: fields.find('configuration', readMode),
      login: fields.find('login', readLogin),
      signs: fields.find('signs', readSigns),
      pagers: fields.find('pagers', readList(readPager)),
      initial: fields.find('initial', readList(readText)),
      errors: fields.find('errors', readList(readPattern)),
      comment: fields.find('comment', readText),
      interrupt: fields.find('interrupt', readText),
      settle: fields.find('settle', readSettle),
      shell: fields.find('shell', readBoolean),
    }),
  };
}

/**
 * Reads a {@link Platform} from a YAML file.
 *
 * @throws ParseError as {@link parsePlatform} does; OptionError for a file that cannot be read.
 */
export async function loadPlatform(file: string): Promise<Platform> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OptionError(`Cannot read the platform file ${file}: ${why}`, { cause });
  });
  return parsePlatform(text, file);
}

function readModes(value: YamlValue, what: string): Readonly<Record<string, PlatformMode>> {
  if (value.kind !== 'map' || value.entries.length === 0) {
    throw new ParseError(`Expected ${what} to be a map of at least one mode`, value.at);
  }
  return Object.fromEntries(
    value.entries.map(({ key, value: mode }) => {
      const whose = `the mode ${JSON.stringify(key)}`;
      return [key, { prompt: new YamlFields(mode, whose, ['prompt']).need('prompt', readPattern) }];
    }),
  );
}

function stepReader(readMode: ReadYaml<string>): ReadYaml<ModeStep> {
  return (value, what) => {
    const fields = new YamlFields(value, what, ['from', 'to', 'command', 'statements']);
    return {
      from: fields.need('from', readMode),
      to: fields.need('to', readMode),
      command: fields.need('command', readText),
      ...defined({ statements: fields.find('statements', readList(readStatement)) }),
    };
  };
}

function readStatement(value: YamlValue, what: string): PlatformStatement {
  const fields = new YamlFields(value, what, ['pattern', 'answer', 'loop']);
  return {
    pattern: fields.need('pattern', readPattern),
    answer: fields.need('answer', readAnswer),
    ...defined({ loop: fields.find('loop', readBoolean) }),
  };
}

function readAnswer(value: YamlValue, what: string): PlatformStatement['answer'] {
  if (value.kind === 'scalar' && typeof value.value === 'string') return value.value;
  const secret = new YamlFields(value, what, ['secret']).need('secret', readText);
  if (secret === 'password' || secret === 'enable') return { secret };
  throw new ParseError(`Expected the secret of ${what} to be password or enable`, value.at);
}

function readLogin(value: YamlValue, what: string): PlatformLogin {
  const fields = new YamlFields(value, what, ['username', 'password', 'refused']);
  return defined({
    username: fields.find('username', readPattern),
    password: fields.find('password', readPattern),
    refused: fields.find('refused', readPattern),
  });
}

function readSigns(value: YamlValue, what: string): PlatformSigns {
  const fields = new YamlFields(value, what, ['text', 'prompt']);
  return defined({ text: fields.find('text', readPattern), prompt: fields.find('prompt', readPattern) });
}

function readPager(value: YamlValue, what: string): PlatformPager {
  const fields = new YamlFields(value, what, ['pattern', 'answer']);
  return { pattern: fields.need('pattern', readPattern), answer: fields.need('answer', readText) };
}

const readSettle: ReadYaml<number> = (value, what) => {
  if (value.kind === 'scalar' && typeof value.value === 'number' && value.value >= 0 && value.value <= 60_000) {
    return value.value;
  }
  throw new ParseError(`Expected ${what} to be milliseconds from 0 to 60000`, value.at);
};
