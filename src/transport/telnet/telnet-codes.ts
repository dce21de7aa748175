/** The bytes that follow {@link IAC} (RFC 854, "TELNET COMMAND STRUCTURE"). */
export const Command = {
  /** End of subnegotiation. */
  SE: 240,
  /** Break. */
  BRK: 243,
  /** Interrupt process. */
  IP: 244,
  /** Subnegotiation of an option. */
  SB: 250,
  WILL: 251,
  WONT: 252,
  DO: 253,
  DONT: 254,
} as const;

/** "Interpret as command": begins every command; twice, it is the byte 255 itself. */
export const IAC = 255;

/** The options that are agreed to, by whose side has them. */
export const Option = {
  /** Bytes as they are, without the rules for CR (RFC 856). */
  BINARY: 0,
  /** The far side echoes (RFC 857). */
  ECHO: 1,
  /** No go-ahead after each turn: both may speak at once (RFC 858). */
  SUPPRESS_GO_AHEAD: 3,
  /** The name of our terminal (RFC 1091). */
  TERMINAL_TYPE: 24,
  /** The size of our terminal (RFC 1073). */
  WINDOW_SIZE: 31,
} as const;

/** The commands that negotiate an option. */
export type Verb = (typeof Command)['WILL' | 'WONT' | 'DO' | 'DONT'];
