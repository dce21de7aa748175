import { addedHosts } from '../../inventory/ssh-config/added-hosts.js';
import type { SshConfig } from '../../inventory/ssh-config/ssh-config.js';
import { hopName } from '../hop-name.js';
import type { SshEndpoint } from './endpoint.js';
import { EndpointGate } from './endpoint-gate.js';
import type { HostKeyStore } from './host-keys.js';
import { IdentityStore } from './identity-store.js';
import { SharedHops } from './shared-hops.js';

// Whoever works on this machine alone has a context too: what reads ssh_config and known_hosts is loaded when it is asked.

/** For how long what was read holds where its owner asks for it to be read anew, in milliseconds. */
const FRESH = 1000;

/**
 * What the SSH connections of one owner (a fleet, a session cache, or one connection alone) share: keys and known_hosts
 * read once, the jump hosts, and how many handshakes each server is asked for at a time.
 */
export class SshContext {
  /** Whether a machine may have further connections for large transfers beside its first one. */
  readonly mayOpenFurther: boolean;
  /**
   * The private keys that have been read.
   *
   * @internal Left out of the package's declarations: it leads to ssh2's types, which a user need not have installed.
   */
  readonly identities: IdentityStore = new IdentityStore();
  readonly hops: SharedHops = new SharedHops();
  #hostKeys: Promise<HostKeyStore> | undefined;
  readonly #gates = new Map<string, EndpointGate>();
  readonly #configs = new Map<boolean | string, Promise<SshConfig | undefined>>();
  /** Which hosts the process knew when they were read: see {@link addedHosts}. */
  #hosts = addedHosts.version;
  /** When they were last read anew, on the clock of `performance.now()`. */
  #readAt = performance.now();

  constructor({ mayOpenFurther = true }: { readonly mayOpenFurther?: boolean } = {}) {
    this.mayOpenFurther = mayOpenFurther;
  }

  /**
   * Has the next connects read ssh_config and known_hosts anew: for who lives for long. What was read within the last second
   * still holds, for the sake of a thousand connects at once.
   */
  refresh(): void {
    const now = performance.now();
    if (now - this.#readAt < FRESH) return;
    this.#readAt = now;
    this.#configs.clear();
    this.#hostKeys = undefined;
  }

  /** The known_hosts files, and the judgement by them. */
  hostKeys(): Promise<HostKeyStore> {
    this.#hostKeys ??= import('./host-keys.js').then(({ HostKeyStore }) => new HostKeyStore());
    return this.#hostKeys;
  }

  /**
   * The ssh_config that a target's `sshConfig` names, with the hosts that the process knows before it; without any file
   * they are all that there is. It is read once, and anew when hosts have been added or removed.
   */
  config(choice: boolean | string): Promise<SshConfig | undefined> {
    if (this.#hosts !== addedHosts.version) this.#configs.clear();
    this.#hosts = addedHosts.version;
    let config = this.#configs.get(choice);
    if (config === undefined) {
      config = loadConfig(choice);
      this.#configs.set(choice, config);
      // A file that could not be read may be put right before the next connect.
      config.catch(() => this.#configs.delete(choice));
    }
    return config;
  }

  /** The gate of an endpoint: one for each address and port, as seen from the machine that connects to it. */
  gate(endpoint: SshEndpoint): EndpointGate {
    const name = placeName(endpoint);
    let gate = this.#gates.get(name);
    if (gate === undefined) {
      gate = new EndpointGate();
      this.#gates.set(name, gate);
    }
    return gate;
  }
}

async function loadConfig(choice: boolean | string): Promise<SshConfig | undefined> {
  const hosts = addedHosts.entries;
  if (choice === false && hosts.length === 0) return undefined;
  const { SshConfig } = await import('../../inventory/ssh-config/ssh-config.js');
  return SshConfig.load(choice === true ? undefined : choice === false ? [] : choice, { hosts });
}

/**
 * Where an endpoint is. The way to it is part of that: a private address is another machine behind another jump host, and
 * a target must not wait for a place that its own jump host has to pass through.
 */
function placeName(endpoint: SshEndpoint): string {
  const { route } = endpoint;
  switch (route.kind) {
    case 'direct':
      return hopName(endpoint);
    case 'command':
      return `${hopName(endpoint)} by ${route.command}`;
    case 'borrowed':
      return `${hopName(endpoint)} via ${route.through.id}`;
    case 'jump':
      return `${hopName(endpoint)} via ${placeName(route.through)}`;
  }
}
