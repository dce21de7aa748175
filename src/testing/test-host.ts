import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { TypedEvents } from '../core/events.js';
import type { Target } from '../inventory/target.js';
import type { Faults, Meeting } from './faults.js';
import { HostLog, type HostLogEntry } from './host-log.js';
import type { HostSettings } from './host-settings.js';
import { meetOtherwise } from './meet.js';
import { TestConnection } from './test-connection.js';

/** What a {@link TestHost} is made of; `startTestFleet` puts it together. */
export interface TestHostParts extends Omit<HostSettings, 'log'> {
  /** The host's public key, as `ssh-ed25519 AAAA…`. */
  readonly publicKey: string;
  /** The target that leads to the host, given the port that it got. */
  readonly target: (port: number) => Target;
}

/**
 * A real SSH server in this process, on a port of 127.0.0.1. For tests and demos: it runs commands as the user who
 * runs this process.
 *
 * Emits `log` with every entry of its {@link log}, so that a test can wait for what it needs to have happened.
 */
export class TestHost extends TypedEvents<{ log: [entry: HostLogEntry] }> {
  readonly name: string;
  /** The private home: where commands start, and what SFTP shows. */
  readonly directory: string;
  /** The public host key, as `ssh-ed25519 AAAA…`. */
  readonly publicKey: string;
  /** What goes wrong; change it at any time. */
  readonly faults: Faults;
  readonly #parts: TestHostParts;
  readonly #settings: HostSettings;
  readonly #log: HostLog;
  readonly #sockets = new Set<Socket>();
  readonly #served = new Set<TestConnection>();
  #server: Server | undefined;
  #port = 0;
  #ordinal = 0;
  #stalled = false;
  #closed = false;

  private constructor(parts: TestHostParts) {
    super();
    this.name = parts.name;
    this.directory = parts.directory;
    this.publicKey = parts.publicKey;
    this.faults = parts.faults;
    this.#parts = parts;
    this.#log = new HostLog((entry) => this.emit('log', entry));
    this.#settings = { ...parts, log: this.#log };
  }

  /** Starts a host on a free port. */
  static async start(parts: TestHostParts): Promise<TestHost> {
    const host = new TestHost(parts);
    await host.listen();
    return host;
  }

  /** The port on 127.0.0.1; it stays the same while the host does not listen. */
  get port(): number {
    return this.#port;
  }

  /** How to get in: strict about the host key, with all the credentials that the host asks for. */
  get target(): Target {
    return this.#parts.target(this.#port);
  }

  /** Connections that are open now, authenticated or not. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** What the host saw, oldest first; the newest 10,000 entries at least. */
  get log(): readonly HostLogEntry[] {
    return this.#log.entries;
  }

  /** The commands that were asked for, in order, refused ones too. */
  get commands(): readonly string[] {
    return this.#log.entries.filter(({ what }) => what === 'exec').map(({ detail }) => detail);
  }

  clearLog(): void {
    this.#log.clear();
  }

  /** Ends all connections now, mid-command too: with a FIN, or a RST. New ones are let in. */
  cut(how: 'close' | 'reset' = 'close'): void {
    for (const connection of this.#served) connection.cut(how);
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Stops reading on all connections, and on those that follow: a machine that hangs, or a link that is gone. */
  stall(): void {
    this.#stalled = true;
    for (const connection of this.#served) connection.stall();
  }

  /** Reads on. */
  unstall(): void {
    this.#stalled = false;
    for (const connection of this.#served) connection.unstall();
  }

  /** Listens again on the same port. Nothing to do where it listens. */
  async listen(): Promise<void> {
    if (this.#server !== undefined || this.#closed) return;
    const server = createServer((socket) => this.#meet(socket));
    this.#server = server;
    server.listen({ host: '127.0.0.1', port: this.#port, backlog: 1024 });
    await once(server, 'listening');
    const address: AddressInfo | string | null = server.address();
    if (address !== null && typeof address === 'object') this.#port = address.port;
  }

  /** Listens no more: new connections are refused by the system (`ECONNREFUSED`). Open ones go on. */
  stopListening(): void {
    this.#server?.close();
    this.#server = undefined;
  }

  /** Ends everything, and resolves when no socket and no process of any connection is left. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    this.stopListening();
    const served = [...this.#served];
    this.cut();
    await Promise.all(served.map((connection) => connection.ended));
  }

  #meet(socket: Socket): void {
    this.#ordinal += 1;
    const ordinal = this.#ordinal;
    socket.setNoDelay(true);
    socket.on('error', () => {});
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));

    const how = this.#meeting(ordinal);
    this.#log.add({ connection: ordinal, what: 'connect', detail: how });
    if (how !== 'serve') {
      meetOtherwise(socket, how);
      return;
    }
    const connection = new TestConnection(ordinal, socket, this.#settings, this.#stalled);
    this.#served.add(connection);
    void connection.ended.then(() => this.#served.delete(connection));
  }

  #meeting(ordinal: number): Meeting {
    const { onConnect, maxStartups } = this.faults;
    const how = typeof onConnect === 'function' ? onConnect(ordinal) : onConnect;
    if (how !== 'serve') return how;
    const unauthenticated = [...this.#served].filter((connection) => !connection.authenticated).length;
    return unauthenticated >= maxStartups ? 'throttled' : 'serve';
  }
}
