/** The ways to authenticate that a test host knows. */
export type TestAuthMethod = 'publickey' | 'password' | 'keyboard-interactive';

/** One question and the answer that is expected. */
export interface TestQuestion {
  readonly prompt: string;
  /** Whether the answer may be shown while it is typed. Default `false`. */
  readonly echo?: boolean;
  readonly answer: string;
}

/** One round of keyboard-interactive authentication (RFC 4256 §3.2). It may have no questions at all. */
export interface TestRound {
  readonly name?: string;
  readonly instructions?: string;
  readonly questions: readonly TestQuestion[];
}

/** What lets a user into a test host. */
export interface TestCredentials {
  readonly username: string;
  /** Users whom the same lets in. */
  readonly otherUsers: readonly string[];
  /** Public keys, as lines of `authorized_keys` without options. */
  readonly authorizedKeys: readonly string[];
  readonly password?: string | undefined;
  /** Rounds of questions, all of which must be answered rightly. */
  readonly rounds?: readonly TestRound[] | undefined;
  /**
   * Methods that are all demanded, in this order, each but the last with partial success (RFC 4252 §5.1), as
   * `AuthenticationMethods` of sshd_config(5). Left out: any one of those that there are credentials for.
   */
  readonly auth?: readonly TestAuthMethod[] | undefined;
  /** Refused requests before the connection is closed. sshd's `MaxAuthTries` is 6. */
  readonly maxAuthTries: number;
}
