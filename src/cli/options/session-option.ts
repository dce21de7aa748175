import { type Command, Option } from 'commander';

/** The ways to go by the sessions that a broker keeps. */
const SESSION_CHOICES = ['auto', 'always', 'never'] as const;

/** One of `auto`, `always` and `never`. */
export type SessionChoice = (typeof SESSION_CHOICES)[number];

/** The flag that says whether hosts are reached through the sessions that a broker keeps. */
export interface SessionFlag {
  /** Default `auto`: hosts that have a session, where a broker runs. */
  readonly session?: SessionChoice;
}

/** Adds the flag that says whether hosts are reached through the sessions that a broker keeps. */
export function addSessionOption(command: Command): Command {
  return command.addOption(
    new Option('--session <when>', 'through open sessions: auto (default), always, never').choices([
      ...SESSION_CHOICES,
    ]),
  );
}
