/** A secret that a platform's statement answers with: the password of the login, or that of the privileged mode. */
export type PlatformSecret = 'password' | 'enable';

/** What a device asks when it is moved from one mode to another, and the answer. */
export interface PlatformStatement {
  /** Looked for at the end of what the device has written. */
  readonly pattern: RegExp;
  /** Text to type, or the secret that is asked for. */
  readonly answer: string | { readonly secret: PlatformSecret };
  /** Whether it may be asked more than once. Default `false`: a question that comes back was not answered well. */
  readonly loop?: boolean;
}

/** One mode of a command line, told by its prompt. */
export interface PlatformMode {
  /**
   * The whole line of the prompt, from its start (`^`) to its end (`$`). The device's own name is the group `host`: once
   * it is known, a line with another name in its place is not taken for the prompt at once.
   */
  readonly prompt: RegExp;
}

/** One step between modes. */
export interface ModeStep {
  readonly from: string;
  readonly to: string;
  /** The command that makes it. */
  readonly command: string;
  readonly statements?: readonly PlatformStatement[];
}

/** How a platform asks who one is. What is left out are the usual words (`login:`, `Username:`, `Password:`). */
export interface PlatformLogin {
  readonly username?: RegExp;
  readonly password?: RegExp;
  /** What it says to a name and password that it does not take. */
  readonly refused?: RegExp;
}

/** By what a platform is known. All that is given must fit. */
export interface PlatformSigns {
  /** Something that it writes before its first prompt. */
  readonly text?: RegExp;
  /** Its first prompt. */
  readonly prompt?: RegExp;
}

/** What a platform shows between the pages of a text, and what makes it go on. */
export interface PlatformPager {
  readonly pattern: RegExp;
  /** The key to press; no Enter is added. */
  readonly answer: string;
}

/**
 * What there is to know of a kind of command line. It is data: nothing of it is code, and a file can hold all of it.
 * Patterns are tried on single lines of at most a few hundred characters.
 */
export interface Platform {
  readonly name: string;
  /** Other names by which it is asked for, such as an operating system's. */
  readonly aliases?: readonly string[];
  /** Modes by name. In a prompt that fits several, the first counts. */
  readonly modes: Readonly<Record<string, PlatformMode>>;
  readonly steps?: readonly ModeStep[];
  /** The mode that `enable` leads to. */
  readonly privileged?: string;
  /** The mode in which `configure` types its lines. */
  readonly configuration?: string;
  readonly login?: PlatformLogin;
  /** Without them it has to be asked for by name. */
  readonly signs?: PlatformSigns;
  readonly pagers?: readonly PlatformPager[];
  /**
   * Typed after the login. They set up the session's own terminal (no paging, a wide screen) and nothing else: connecting
   * changes no configuration.
   */
  readonly initial?: readonly string[];
  /** Lines that say that a command was not carried out. */
  readonly errors?: readonly RegExp[];
  /** What begins a comment that the command line echoes and ignores; a way to find the place again after a time limit. */
  readonly comment?: string;
  /** What stops a command. Default: Ctrl-C. */
  readonly interrupt?: string;
  /** How long a prompt must stay the last thing before it is believed, in milliseconds. Default 30. */
  readonly settle?: number;
  /** It is a POSIX shell: it is given a prompt that no output can fake, and tells the exit status of each command. */
  readonly shell?: boolean;
}
