import { join } from 'node:path';
import { OptionError, type ParseError } from '../../core/hawser-error.js';
import { type ConfigReader, errorCode, isMissing, nodeConfigReader } from './config-reader.js';
import type { SshHostConfig, SshHostQuery } from './host-config.js';
import { checkHostEntry, type HostEntry } from './host-entry.js';
import { type ConfigScope, SYSTEM_DIRECTORY } from './include.js';
import { errorAt } from './lexer.js';
import { expandTilde, type LocalMachine, localMachine } from './local-machine.js';
import type { MatchExec } from './match-line.js';
import { ConfigParser } from './parse.js';
import { type ResolveContext, resolveHost } from './resolve.js';
import { SectionIndex } from './section.js';
import type { Environment } from './tokens.js';

/** Options of {@link SshConfig.load}. */
export interface SshConfigLoadOptions {
  /** How files are read. Default: from the file system. */
  readonly reader?: ConfigReader | undefined;
  /** The home directory that `~` stands for. Default: the one of the user database, as in ssh, not `$HOME`. */
  readonly home?: string | undefined;
  /** The variables that `${NAME}` stands for. Default `process.env`. */
  readonly env?: Environment | undefined;
  /**
   * Runs the commands of `Match exec`, at each resolve. Without it no program is started: such a block never applies, and
   * a warning says so.
   */
  readonly matchExec?: MatchExec | undefined;
  /** Hosts that stand before everything else, and so have the first word. */
  readonly hosts?: Iterable<HostEntry> | undefined;
}

/** Options of {@link SshConfig.parse}. */
export interface SshConfigParseOptions extends SshConfigLoadOptions {
  /** The file that the text came from, for messages and for {@link SshHostConfig.source}. */
  readonly file?: string | undefined;
  /** Whose configuration it is: relative includes lie in `~/.ssh` or in `/etc/ssh`. Default `'user'`. */
  readonly scope?: ConfigScope | undefined;
}

/**
 * An OpenSSH client configuration, ssh_config(5): parsed once, asked for any number of hosts.
 *
 * A keyword that is not known, or cannot be acted upon, is a warning; arguments that ssh would refuse are an error.
 *
 * @example
 * const config = await SshConfig.load();
 * const { hostName, port, source } = config.resolve({ host: 'web1' });
 */
export class SshConfig {
  /** The names that Host lines spell out, without wildcards and negations, in order and each once. */
  readonly aliases: readonly string[];
  /** What was left out, and why; each says the file, the line and the column. */
  readonly warnings: readonly ParseError[];
  readonly #context: ResolveContext;

  private constructor(parser: ConfigParser, context: Omit<ResolveContext, 'index' | 'wantsFinalPass'>) {
    this.aliases = [...parser.aliases];
    this.warnings = parser.warnings;
    this.#context = {
      ...context,
      index: new SectionIndex(parser.sections),
      wantsFinalPass: parser.wantsFinalPass,
    };
  }

  /**
   * Parses a text. The files that it includes are read through `reader`.
   *
   * @throws ParseError when ssh would refuse a line.
   */
  static parse(text: string, options: SshConfigParseOptions = {}): SshConfig {
    const { parser, context } = prepare(options);
    parser.add(text, options.file, options.scope ?? 'user');
    return new SshConfig(parser, context);
  }

  /**
   * Reads one file or several, of which the first has the first word. Default: `~/.ssh/config`, then
   * `/etc/ssh/ssh_config`, where it is fine if one is missing.
   *
   * @throws OptionError when a file that is named here cannot be read, or other users may write to the user's own.
   * @throws ParseError when ssh would refuse a line.
   */
  static async load(files?: string | readonly string[], options: SshConfigLoadOptions = {}): Promise<SshConfig> {
    return SshConfig.loadSync(files, options);
  }

  /** As {@link load}, at once. */
  static loadSync(files?: string | readonly string[], options: SshConfigLoadOptions = {}): SshConfig {
    const { parser, context, reader } = prepare(options);
    const { home } = context.local;
    if (files === undefined) {
      addDefault(parser, reader, { path: join(home, '.ssh', 'config'), scope: 'user' });
      addDefault(parser, reader, { path: join(SYSTEM_DIRECTORY, 'ssh_config'), scope: 'system' });
    } else {
      for (const file of typeof files === 'string' ? [files] : files) {
        const path = expandTilde(file, home) ?? file;
        parser.add(readNamed(path, reader), path, 'user');
      }
    }
    return new SshConfig(parser, context);
  }

  /**
   * Says how to reach a host.
   *
   * @throws OptionError when the host or the port cannot be meant.
   * @throws ParseError when a setting that applies to the host cannot be expanded.
   */
  resolve(query: SshHostQuery): SshHostConfig {
    return resolveHost(query, this.#context);
  }
}

function prepare(options: SshConfigLoadOptions): {
  readonly parser: ConfigParser;
  readonly context: { readonly local: LocalMachine; readonly env: Environment };
  readonly reader: ConfigReader;
} {
  const { reader = nodeConfigReader, env = process.env, matchExec, hosts = [] } = options;
  const machine = localMachine();
  const local = { ...machine, home: options.home ?? machine.home };
  const parser = new ConfigParser({ reader, local, env, matchExec });
  for (const host of hosts) parser.addHost(checkHostEntry(host));
  return { parser, context: { local, env }, reader };
}

function addDefault(
  parser: ConfigParser,
  reader: ConfigReader,
  { path, scope }: { readonly path: string; readonly scope: ConfigScope },
): void {
  let text: string;
  try {
    text = reader.readFile(path, { trusted: scope === 'user' });
  } catch (error) {
    if (isMissing(error)) return;
    if (errorCode(error) === 'EPERM') throw unreadable(path, error);
    // ssh goes on without a default file that it cannot open; so do we, but not in silence.
    parser.warnings.push(errorAt({ file: path, line: 1, column: 1 }, `The file is left out: ${reasonOf(error)}`));
    return;
  }
  parser.add(text, path, scope);
}

function readNamed(path: string, reader: ConfigReader): string {
  try {
    return reader.readFile(path, { trusted: false });
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): OptionError {
  return new OptionError(`Cannot read the SSH configuration ${path}: ${reasonOf(cause)}`, { cause });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
