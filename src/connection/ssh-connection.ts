import { formatTarget } from '../inventory/format-target.js';
import { SshContext } from '../transport/ssh2/ssh-context.js';
import { Connection, type ConnectionOptions, type OpenedTransport } from './connection.js';

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
    // ssh2 takes a tenth of a second to load: who works on this machine alone never waits for it.
    const [{ resolveEndpoint }, { Ssh2Transport }] = await Promise.all([
      import('../transport/ssh2/resolve-endpoint.js'),
      import('../transport/ssh2/ssh2-transport.js'),
    ]);
    const { endpoint, connectTimeout } = await resolveEndpoint(this.target, (choice) => this.#context.config(choice));
    this.#id = formatTarget({ host: endpoint.host, port: endpoint.port, username: endpoint.username });
    return { transport: new Ssh2Transport(endpoint, this.#context), connectTimeout };
  }
}
