import { OptionError } from '../../core/hawser-error.js';
import type { ConnectionFlags } from '../options/connection-options.js';
import type { HostFlags } from '../options/host-options.js';
import type { PacingFlags } from '../options/pacing-flags.js';
import type { SessionFlag } from '../options/session-option.js';
import type { TerminalFlags } from '../options/terminal-options.js';

/** The ways to show a run. */
export const OUTPUT_KINDS = ['stream', 'fold', 'table', 'json', 'ndjson'] as const;

/** One of {@link OUTPUT_KINDS}. */
export type OutputKind = (typeof OUTPUT_KINDS)[number];

/** The flags of `hawser run`. */
export interface RunFlags extends HostFlags, ConnectionFlags, SessionFlag, PacingFlags, TerminalFlags {
  readonly sudo?: string | true;
  readonly askSudoPass?: true;
  readonly stdin?: true;
  readonly env?: readonly string[];
  readonly cwd?: string;
  readonly output: OutputKind;
  readonly raw?: true;
  readonly maxOutput?: number;
  readonly quiet?: true;
  /** The name of a run; `true`: the last one. */
  readonly retryFailed?: string | true;
  readonly keepOutput?: true;
  /** `false` for `--no-record`. */
  readonly record: boolean;
}

/**
 * The variables of `--env`: `NAME=value`, or `NAME` alone for the value that it has here.
 *
 * @throws OptionError for what is neither.
 */
export function readEnv(
  given: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    given.map((text): [string, string] => {
      const at = text.indexOf('=');
      if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
      const value = env[text];
      if (at < 0 && value !== undefined) return [text, value];
      throw new OptionError(
        `Expected --env NAME=value, or NAME of a variable that is set here, got ${JSON.stringify(text)}.`,
      );
    }),
  );
}

/** The flags that `hawser trust` needs as well, to ask the same machines. */
export function trustFlags({ port, jump, sshConfig, knownHosts }: ConnectionFlags): readonly string[] {
  return [
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(jump === undefined ? [] : ['-J', jump]),
    ...(sshConfig === undefined ? [] : ['-F', sshConfig]),
    ...(knownHosts ?? []).flatMap((file) => ['--known-hosts', file]),
  ];
}
