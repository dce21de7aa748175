import { once } from 'node:events';
import { Client, type ClientChannel, type ConnectConfig } from 'ssh2';
import type { TestHost } from '../../../src/testing/test-host.js';

/** An ssh2 client that is connected to a test host with the credentials of its target. */
export function connectTo(host: TestHost, more: ConnectConfig = {}): Promise<Client> {
  const client = new Client();
  const { privateKey, username } = host.target;
  return new Promise((resolve, reject) => {
    client.on('error', reject);
    client.once('close', () => reject(new Error('closed before it was ready')));
    client.once('ready', () => resolve(client.setNoDelay()));
    client.connect({
      host: '127.0.0.1',
      port: host.port,
      ...(username === undefined ? {} : { username }),
      ...(typeof privateKey === 'string' ? { privateKey } : {}),
      hostVerifier: (key: Buffer) => key.toString('base64') === host.publicKey.split(' ')[1],
      ...more,
    });
  });
}

/** How a command of ssh2's client ended. */
export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null | undefined;
  readonly signal: string | undefined;
}

export function open(client: Client, command: string, pty = false): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.exec(command, { pty }, (error, channel) => (error ? reject(error) : resolve(channel)));
  });
}

/** Reads a channel to its end. Its `close` does not wait for stderr. */
export async function ended(channel: ClientChannel): Promise<Ended> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  channel.on('data', (chunk: Buffer) => stdout.push(chunk));
  channel.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const [[code, signal]] = await Promise.all([once(channel, 'close'), once(channel.stderr, 'end')]);
  const text = (chunks: Buffer[]): string => Buffer.concat(chunks).toString('latin1');
  return { stdout: text(stdout), stderr: text(stderr), code, signal };
}

/** Runs a command with an empty standard input. */
export async function run(client: Client, command: string): Promise<Ended> {
  const channel = await open(client, command);
  channel.end();
  return ended(channel);
}

/** Sends a signal request after EOF, which SSH allows and ssh2's own `signal` does not send. */
export function signalAfterEof(client: Client, channel: ClientChannel, name: string): void {
  if (!hasInternals(client) || !hasOutgoing(channel)) throw new Error('This is not ssh2 1.17.');
  client._protocol.signal(channel.outgoing.id, name);
}

function hasInternals(client: object): client is { _protocol: { signal(id: number, name: string): void } } {
  return '_protocol' in client;
}

function hasOutgoing(channel: object): channel is { outgoing: { id: number } } {
  return 'outgoing' in channel;
}
