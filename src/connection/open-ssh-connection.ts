import { defined } from '../core/defined.js';
import { formatTarget } from '../inventory/format-target.js';
import { checkOpenSshOptions, type OpenSshOptions } from '../transport/openssh/ssh-options.js';
import { Connection, type ConnectionOptions, type OpenedTransport } from './connection.js';
import type { ConnectionRecord } from './connection-record.js';

/** What an {@link OpenSshConnection} is made with. */
export interface OpenSshConnectionOptions extends ConnectionOptions, OpenSshOptions {}

/**
 * A connection through the user's own `ssh`: whatever that can (Kerberos, FIDO keys, certificates, second factors, new
 * key exchanges) works here too. All channels go through one master connection (ssh_config(5), ControlMaster).
 */
export class OpenSshConnection extends Connection {
  readonly id: string;
  readonly #options: OpenSshOptions;

  /** @throws OptionError for an option that cannot be meant. */
  constructor(options: OpenSshConnectionOptions) {
    super(options);
    const { reuseOnly, sshOptions, sshPath } = options;
    this.#options = { reuseOnly, sshOptions, sshPath };
    checkOpenSshOptions(this.#options);
    this.id = formatTarget({ ...options.target, protocol: 'ssh' });
  }

  protected override cloneOptions(): OpenSshConnectionOptions {
    return { ...super.cloneOptions(), ...this.#options };
  }

  protected async openTransport(): Promise<OpenedTransport> {
    const { OpenSshTransport } = await import('../transport/openssh/openssh-transport.js');
    return { transport: new OpenSshTransport(this.target, this.#options), connectTimeout: this.target.connectTimeout };
  }

  /** Its target need not say that it is reached so: its class does. */
  override toJSON(): ConnectionRecord {
    const { reuseOnly, sshOptions } = this.#options;
    const options = sshOptions === undefined ? undefined : { ...sshOptions };
    return { ...super.toJSON(), kind: 'openssh', ...defined({ reuseOnly, sshOptions: options }) };
  }
}
