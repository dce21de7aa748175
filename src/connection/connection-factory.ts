import type { Target } from '../inventory/target.js';
import { SshContext } from '../transport/ssh2/ssh-context.js';
import type { Connection } from './connection.js';
import { type ConnectionNames, createConnection } from './create-connection.js';

/**
 * Makes the connections of one owner, unopened. What they share (key files, known_hosts and ssh_config read once, jump
 * hosts, how many handshakes a server is asked for at a time) is here, so that the owner need not know of it.
 */
export class ConnectionFactory {
  readonly #context: SshContext;

  /** @param o.mayOpenFurther whether a large transfer may open further connections beside the one that it was begun on. */
  constructor(o: { readonly mayOpenFurther?: boolean } = {}) {
    this.#context = new SshContext(o);
  }

  /** Throws `OptionError` for a protocol that no connection class speaks. */
  create(target: Target, names?: ConnectionNames): Connection {
    return createConnection(target, this.#context, names);
  }
}
