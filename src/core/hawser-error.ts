/** What every {@link HawserError} may carry beside its message. */
export interface HawserErrorOptions {
  /** The host that the work was for, as the user named it. */
  readonly host?: string | undefined;
  /** The key under which the connection stands in a fleet. */
  readonly key?: string | undefined;
  /** Whether the same call may succeed later without any change by the user. Default `false`. */
  readonly retryable?: boolean | undefined;
  /** The lower-level error that caused this one. */
  readonly cause?: unknown;
}

/**
 * The root of every error that hawser throws on purpose.
 *
 * `code` is stable across versions and meant for programs; `message` is meant for people: it says what was being done,
 * to which host, what went wrong and what to do next. Neither ever holds a secret.
 */
export class HawserError extends Error {
  /** A stable identifier such as `ERR_HAWSER_AUTH`. */
  readonly code: string;
  /** The host that the work was for, as the user named it; `undefined` where no host is concerned. */
  readonly host: string | undefined;
  /** The key under which the connection stands in a fleet; filled in by the fleet. */
  key: string | undefined;
  /** Whether the same call may succeed later without any change by the user. */
  readonly retryable: boolean;

  constructor(code: string, message: string, options: HawserErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.host = options.host;
    this.key = options.key;
    this.retryable = options.retryable ?? false;
  }

  /** A plain object for logs and records: versioned results embed it. The cause is given by its message alone. */
  toJSON(): Record<string, unknown> {
    const { name, code, message, host, key, retryable, cause } = this;
    return {
      name,
      code,
      message,
      ...(host === undefined ? {} : { host }),
      ...(key === undefined ? {} : { key }),
      retryable,
      ...(cause instanceof Error ? { cause: cause.message } : {}),
    };
  }
}

/** The system's name for what went wrong, such as `ENOENT` (errno(3)); `undefined` where an error has none. */
export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** An option, a target or an argument that cannot be meant. Nothing was started. */
export class OptionError extends HawserError {
  constructor(message: string, options: HawserErrorOptions = {}) {
    super('ERR_HAWSER_OPTION', message, options);
  }
}

/** Text that could not be parsed: a target, a host set, an `ssh_config`, a `known_hosts` file, a group file. */
export class ParseError extends HawserError {
  /** The file the text came from; `undefined` for text that was handed in. */
  readonly file: string | undefined;
  /** 1-based line of the first character that could not be understood. */
  readonly line: number;
  /** 1-based column, counted in UTF-16 code units. */
  readonly column: number;

  constructor(
    what: string,
    at: { readonly file?: string | undefined; readonly line: number; readonly column: number },
    options: HawserErrorOptions = {},
  ) {
    super('ERR_HAWSER_PARSE', `${at.file ?? '<text>'}:${at.line}:${at.column}: ${what}`, options);
    this.file = at.file;
    this.line = at.line;
    this.column = at.column;
  }
}
