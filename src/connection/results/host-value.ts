/** What every host's result has, whatever the work was: what a `MultiResult` goes by. */
export interface HostOutcome {
  /** The host's key in the fleet. */
  readonly key: string;
  readonly host: string;
  readonly ok: boolean;
  /** Why it failed. A command that ended with another status than 0 has failed without one. */
  readonly error?: Error;
}

/** What work on one host came to. */
export interface HostValue<T> extends HostOutcome {
  /** What the work returned; where it failed, what it had come to, if that is known (a transfer's summary), else absent. */
  readonly value?: T;
  /** Given for a host on which nothing was begun; `error` says why. */
  readonly outcome?: 'skipped';
  /** From the moment at which the host's turn came, in milliseconds; 0 for one whose turn never came. */
  readonly durationMs: number;
}

/** The text that was read on one host. */
export interface HostText extends HostValue<string> {
  /** The text, also in `value`; `''` where it could not be read. */
  readonly stdout: string;
}
