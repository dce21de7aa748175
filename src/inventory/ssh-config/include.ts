import { ParseError } from '../../core/hawser-error.js';
import { type ConfigReader, errorCode, isMissing } from './config-reader.js';
import { expandGlob } from './glob.js';
import { type ConfigLine, errorAt, type Word } from './lexer.js';
import { expandTilde, type LocalMachine } from './local-machine.js';
import { type Environment, expand } from './tokens.js';
import { readWords } from './values.js';

/** Whose configuration a file is: that decides where its relative includes lie, and whether it may say `~`. */
export type ConfigScope = 'user' | 'system';

const { ProgramData: programData = 'C:/ProgramData' } = process.env;

/** The directory of the system's configuration: `/etc/ssh`, or its counterpart on Windows. */
export const SYSTEM_DIRECTORY: string = process.platform === 'win32' ? `${programData}/ssh` : '/etc/ssh';

/** What includes are found with. */
export interface IncludeContext {
  readonly scope: ConfigScope;
  readonly reader: ConfigReader;
  readonly local: LocalMachine;
  readonly env: Environment;
  /** Is told of an include that is left out although it names files. */
  warn(warning: ParseError): void;
}

/** A file that was included, and its text. */
export interface IncludedFile {
  readonly path: string;
  readonly text: string;
}

/**
 * Finds and reads the files of an Include line (ssh_config(5), Include), in order. What does not exist is left out.
 *
 * @throws ParseError at the line when a file exists and cannot be read.
 */
export function readIncludes(line: ConfigLine, context: IncludeContext): IncludedFile[] {
  return readWords(line).flatMap((word) => {
    const pattern = anchor(word, line, context);
    const paths = pattern === undefined ? [] : expandGlob(pattern, context.reader);
    return paths.flatMap((path) => readIncluded(path, word, line, context));
  });
}

function readIncluded(path: string, word: Word, line: ConfigLine, { reader }: IncludeContext): IncludedFile[] {
  try {
    return [{ path, text: reader.readFile(path, { trusted: true }) }];
  } catch (error) {
    // ssh opens a directory that a wildcard has caught, and finds it empty.
    if (isMissing(error) || errorCode(error) === 'EISDIR') return [];
    const reason = error instanceof Error ? error.message : String(error);
    throw errorAt(line, `The included file ${path} cannot be read: ${reason}`, word.column);
  }
}

function anchor(word: Word, line: ConfigLine, context: IncludeContext): string | undefined {
  const path = expandPath(word, line, context);
  if (path === undefined || path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path)) return path;
  const { scope, local } = context;
  if (!path.startsWith('~')) return scope === 'user' ? `${local.home}/.ssh/${path}` : `${SYSTEM_DIRECTORY}/${path}`;
  if (scope === 'system') {
    throw errorAt(line, `A file for all users cannot include "${path}": "~" is another place for each.`, word.column);
  }
  return expandTilde(path, local.home);
}

function expandPath(word: Word, line: ConfigLine, { local, env, warn }: IncludeContext): string | undefined {
  const tokens: Readonly<Record<string, string | undefined>> = {
    d: local.home,
    u: local.user,
    i: String(local.uid),
    l: local.hostname,
    L: local.hostname.split('.', 1)[0],
  };
  try {
    return expand(word.text, {
      tokens: (letter) => tokens[letter],
      env,
      fail: (what) => errorAt(line, `The include of "${word.text}" is left out: ${what}`, word.column),
    });
  } catch (error) {
    // Tokens of the host, such as %h, cannot be had: the files are read once for all hosts.
    if (!(error instanceof ParseError)) throw error;
    warn(error);
    return undefined;
  }
}
