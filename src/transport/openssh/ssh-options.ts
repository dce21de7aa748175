import { OptionError } from '../../core/hawser-error.js';

/** How the system's `ssh` is used. */
export interface OpenSshOptions {
  /**
   * Use a master connection that is already open, or fail: nothing is asked, nobody authenticates. Default `false`: a
   * master that ssh_config's `ControlPath` leads to is used, and where none answers one of our own is started.
   */
  readonly reuseOnly?: boolean | undefined;
  /** Further settings of ssh_config(5) by name; they win over the target's fields and over ssh_config. */
  readonly sshOptions?: Readonly<Record<string, string>> | undefined;
  /** The program. Default `'ssh'`, looked for in `PATH`. */
  readonly sshPath?: string | undefined;
}

/** What the transport itself decides; a second opinion would break it. */
const OWN = [
  'BatchMode',
  'ControlMaster',
  'ControlPersist',
  'ForkAfterAuthentication',
  'LogLevel',
  'RemoteCommand',
  'RequestTTY',
  'SessionType',
  'StdinNull',
];

/**
 * Checks options that a caller made by hand.
 *
 * @throws OptionError that names the option, and says what was expected.
 */
export function checkOpenSshOptions({ reuseOnly, sshOptions = {}, sshPath }: OpenSshOptions): void {
  if (reuseOnly !== undefined && typeof reuseOnly !== 'boolean') {
    throw new OptionError(`Expected the \`reuseOnly\` option to be a boolean, got ${typeof reuseOnly}.`);
  }
  if (sshPath !== undefined && (typeof sshPath !== 'string' || sshPath === '')) {
    throw new OptionError("Expected the `sshPath` option to be a program's path.");
  }
  for (const [name, value] of Object.entries(sshOptions)) {
    if (!/^[A-Za-z]+$/.test(name) || typeof value !== 'string' || /[\r\n\0]/.test(value)) {
      throw new OptionError(
        `Expected the \`sshOptions\` option to hold settings of ssh_config(5), each one line, got ${JSON.stringify(name)}.`,
      );
    }
    const own = OWN.find((one) => one.toLowerCase() === name.toLowerCase());
    if (own !== undefined) {
      throw new OptionError(`Expected no ${own} in the \`sshOptions\` option: the openssh transport decides it.`);
    }
  }
}
