import { hopName, type SshEndpoint } from './endpoint.js';
import { EndpointGate } from './endpoint-gate.js';
import { HostKeyStore } from './host-keys.js';
import { IdentityStore } from './identities.js';
import { SharedHops } from './shared-hops.js';

/**
 * What the SSH connections of one owner (a fleet, a session cache, or one connection alone) share: keys and known_hosts
 * read once, the jump hosts, and how many handshakes each server is asked for at a time.
 */
export class SshContext {
  readonly identities: IdentityStore = new IdentityStore();
  readonly hostKeys: HostKeyStore = new HostKeyStore();
  readonly hops: SharedHops = new SharedHops();
  readonly #gates = new Map<string, EndpointGate>();

  /** The gate of an endpoint: one for each address and port. */
  gate(endpoint: SshEndpoint): EndpointGate {
    const name = hopName(endpoint);
    let gate = this.#gates.get(name);
    if (gate === undefined) {
      gate = new EndpointGate();
      this.#gates.set(name, gate);
    }
    return gate;
  }
}
