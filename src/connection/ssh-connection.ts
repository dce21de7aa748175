import { formatTarget } from '../inventory/format-target.js';
import { SshContext } from '../transport/ssh2/ssh-context.js';
import { Connection, type ConnectionOptions, type OpenedTransport } from './connection.js';
import { openSshLink } from './ssh-link.js';

/** What an {@link SshConnection} is made with. */
export interface SshConnectionOptions extends ConnectionOptions {
  /** What it shares with other connections: keys, known_hosts, jump hosts. Default: a context of its own. */
  readonly context?: SshContext | undefined;
}

/** A connection over SSH, spoken by hawser itself. */
export class SshConnection extends Connection {
  readonly #context: SshContext;
  #id: string;

  constructor(options: SshConnectionOptions) {
    super(options);
    this.#context = options.context ?? new SshContext();
    this.#id = formatTarget(options.target);
  }

  /** `user@host:port`: what ssh_config adds is in it once the connection has been opened. */
  get id(): string {
    return this.#id;
  }

  /** A clone shares what this one shares with others. */
  protected override cloneOptions(): SshConnectionOptions {
    return { ...super.cloneOptions(), context: this.#context };
  }

  protected async openTransport(): Promise<OpenedTransport> {
    const { id, ...opened } = await openSshLink(this.target, this.#context);
    this.#id = id;
    return opened;
  }
}
