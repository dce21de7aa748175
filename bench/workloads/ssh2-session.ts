import { createPrivateKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import ssh2, { BaseAgent, type Client, type ConnectConfig, type ParsedKey } from 'ssh2';
import type { Login } from '../lib/many-hosts.js';

/** How ssh2 is used: as its documentation shows it, or with all that can be gained without changing it. */
export type Usage = 'as it comes' | 'used well';

/** Makes sessions with bare ssh2, with the keys and the known hosts read once. */
export class Ssh2Sessions {
  readonly #login: Login;
  readonly #usage: Usage;
  readonly #keys: ReadonlyMap<string, string>;
  readonly #pem: Buffer;
  readonly #agent: BaseAgent;

  constructor(login: Login, usage: Usage) {
    this.#login = login;
    this.#usage = usage;
    const lines = readFileSync(login.knownHosts, 'utf8').trim().split('\n');
    this.#keys = new Map(lines.map((line) => [line.split(' ')[0] ?? '', line.split(' ')[2] ?? '']));
    this.#pem = readFileSync(login.identity);
    this.#agent = new OneKeyAgent(this.#pem);
  }

  connect(host: string): Promise<Client> {
    return new Promise((resolve, reject) => {
      const { port, user } = this.#login;
      const client = new ssh2.Client();
      client.once('ready', () => resolve(client)).on('error', reject);
      const config: ConnectConfig = {
        username: user,
        hostVerifier: (key: Buffer) => key.toString('base64') === this.#keys.get(`[${host}]:${port}`),
      };
      if (this.#usage === 'as it comes') {
        client.connect({ ...config, host, port, privateKey: this.#pem });
        return;
      }
      const sock = new Socket().once('error', reject).connect({ host, port }, () => {
        sock.setNoDelay(true);
        client.connect({ ...config, sock, agent: this.#agent });
      });
    });
  }
}

/** Runs a command and collects what it writes; fails unless it succeeds. */
export function execute(client: Client, command: string): Promise<{ stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error) {
        reject(error);
        return;
      }
      let status: number | null | undefined;
      const stdout: Buffer[] = [];
      const stderr: Buffer[] = [];
      channel.on('data', (chunk: Buffer) => stdout.push(chunk));
      channel.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
      channel.on('exit', (code: number | null) => {
        status = code;
      });
      channel.on('close', () => {
        if (status !== 0) reject(new Error(`${command} ended with ${String(status)}`));
        else resolve({ stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() });
      });
    });
  });
}

type Signed = (error?: Error | null, signature?: Buffer) => void;

/** Signs in the thread pool, with a key that is read once: by itself ssh2 reads it anew for each signature. */
class OneKeyAgent extends BaseAgent<ParsedKey> {
  readonly #public: ParsedKey;
  readonly #private: ReturnType<typeof createPrivateKey>;

  constructor(text: Buffer) {
    super();
    const parsed = ssh2.utils.parseKey(text);
    if (parsed instanceof Error) throw parsed;
    this.#public = Array.isArray(parsed) ? (parsed[0] as ParsedKey) : parsed;
    this.#private = createPrivateKey(this.#public.getPrivatePEM());
  }

  override getIdentities(done: (error: Error | undefined, keys?: ParsedKey[]) => void): void {
    done(undefined, [this.#public]);
  }

  override sign(_key: ParsedKey, data: Buffer, options: unknown, done?: Signed): void {
    const signed = (typeof options === 'function' ? options : done) as Signed;
    sign(null, data, this.#private, signed);
  }
}
