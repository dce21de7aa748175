// A connection class of your own: a router that is reached by telnet, whose services take turns.
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import {
  type Command,
  type CommandResult,
  Connection,
  type ConnectionOptions,
  type ConnectionPool,
  type ConnectOptions,
  Device,
  type ExecuteOptions,
  locked,
  type OpenedTransport,
  registerConnectionClass,
  type Shell,
  TelnetTransport,
} from 'hawser';

/** What the class takes beside what a manager gives to every class. */
interface RouterOptions extends ConnectionOptions {
  readonly prompt?: string;
}

class RouterConnection extends Connection {
  readonly id: string;
  readonly #prompt: string;
  #shell: Shell | undefined;

  constructor(options: RouterOptions) {
    super(options);
    this.#prompt = options.prompt ?? '> ';
    this.id = `${this.key} by telnet`;
  }

  protected async openTransport(): Promise<OpenedTransport> {
    const { host, port } = this.target;
    return { transport: new TelnetTransport({ host, port }), connectTimeout: this.target.connectTimeout };
  }

  @locked
  override async connect(o: ConnectOptions = {}): Promise<this> {
    if (this.connected) return this;
    await super.connect(o);
    this.#shell = await this.shell();
    await this.#shell.expect('Password: ', { timeout: 5000 });
    const password = this.device?.credentials?.['default']?.password;
    await this.send(typeof password === 'function' ? await password() : (password ?? ''));
    await this.receive();
    return this;
  }

  override async disconnect(): Promise<void> {
    await this.#shell?.close();
    this.#shell = undefined;
    await super.disconnect();
  }

  @locked
  async send(text: string): Promise<void> {
    await this.#shell?.write(`${text}\r`);
  }

  /** What came before the next prompt. */
  @locked
  async receive(): Promise<string> {
    const found = await this.#shell?.expect(this.#prompt, { timeout: 5000 });
    return found?.before.trim() ?? '';
  }

  override execute(command: Command, o: ExecuteOptions & { encoding: 'buffer' }): Promise<never>;
  override execute(command: Command, o?: ExecuteOptions): Promise<CommandResult>;
  @locked
  override async execute(command: Command): Promise<CommandResult> {
    await this.connect();
    const begun = performance.now();
    const line = String(command);
    await this.send(line);
    const stdout = await this.receive();
    return {
      key: this.key,
      host: this.host,
      command: line,
      stdout,
      stderr: '',
      status: null, // a router has none: it is not made up
      signal: null,
      ok: !stdout.startsWith('%'),
      outcome: 'exit',
      durationMs: performance.now() - begun,
      truncated: { stdout: false, stderr: false },
    };
  }

  @locked
  async configure(lines: readonly string[]): Promise<string[]> {
    const answers: string[] = [];
    for (const line of ['configure terminal', ...lines, 'end']) answers.push((await this.execute(line)).stdout);
    return answers;
  }
}

// A router for this example: it asks for a password, and answers one line after the other.
const router = createServer((socket) => {
  let unread = '';
  let loggedIn = false;
  socket.on('error', () => {});
  socket.write('Password: ');
  socket.on('data', (chunk) => {
    unread += chunk.toString('latin1');
    const lines = unread.split(/\r[\0\n]/);
    unread = lines.pop() ?? '';
    for (const line of lines) {
      const answer = !loggedIn ? '' : line.startsWith('show') ? `this is ${line}` : line === 'bogus' ? '% Unknown' : '';
      loggedIn = true;
      setTimeout(() => socket.write(`\r\n${answer}\r\nRouter> `), 5);
    }
  });
});
router.listen(0, '127.0.0.1');
await once(router, 'listening');
const { port } = router.address() as AddressInfo;

registerConnectionClass('router', RouterConnection);

{
  await using r1 = new Device<{ default: RouterConnection; pool: ConnectionPool<RouterConnection> }>('r1', {
    connections: { console: { class: 'router', host: '127.0.0.1', port, prompt: 'Router> ' } },
    credentials: { default: { password: 'example' } },
  });
  await r1.connect();

  // Many tasks on one connection: each has its own answer, since the services hold the connection's lock.
  const commands = ['show version', 'show running-config', 'show ip route', 'bogus'];
  const results = await Promise.all(commands.map((command) => r1.execute(command)));
  for (const { command, stdout, ok } of results) console.log(`${command}: ${stdout} (${ok})`);
  if (results.some(({ command, stdout, ok }) => ok !== stdout.endsWith(command)))
    throw new Error('answers are mixed up');
  console.log(await r1.configure(['hostname r1']));

  // The same class in a pool: each task has a connection for itself.
  await r1.connect({ alias: 'pool', poolSize: 2 });
  const pooled = await Promise.all(commands.map((command) => r1.pool.execute(command)));
  console.log(pooled.map(({ stdout }) => stdout));
}
router.close();
