// A connection class of your own: a router that is reached by telnet, whose services take turns, alone and in a pool.
import assert from 'node:assert/strict';
import {
  type Command,
  type CommandResult,
  Connection,
  type ConnectionOptions,
  type ConnectOptions,
  type ExecuteOptions,
  locked,
  type OpenedTransport,
  type PooledConnection,
  PoolTimeoutError,
  registerConnectionClass,
  type Shell,
  TelnetTransport,
  Testbed,
} from 'hawser';
import { testbedFile } from './lab.js';

/** What the class takes beside what a manager gives to every class. */
interface RouterOptions extends ConnectionOptions {
  readonly prompt?: RegExp;
}

// Every method that uses the line is locked: whoever calls while it is in use waits for his turn. A locked method may call
// the others, and only what it has called itself comes in.
class RouterConnection extends Connection {
  readonly id: string;
  readonly #prompt: RegExp;
  #shell: Shell | undefined;

  constructor(options: RouterOptions) {
    super(options);
    this.#prompt = options.prompt ?? /^[\w.()-]+[>#] $/m;
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
    await this.#answer('default');
    await this.receive();
    await this.send('enable');
    await this.#answer('enable');
    await this.receive();
    await this.execute('terminal length 0'); // nobody presses a key to see the next page
    return this;
  }

  @locked
  async send(text: string): Promise<void> {
    await this.#shell?.write(`${text}\r`);
  }

  /** What came before the next prompt, without the line that the router echoes. */
  @locked
  async receive(): Promise<string> {
    const found = await this.#shell?.expect(this.#prompt, { timeout: 5000 });
    const [, ...lines] = (found?.before ?? '').split('\r\n');
    return lines.join('\n');
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
  async configure(lines: readonly string[]): Promise<CommandResult[]> {
    const results: CommandResult[] = [];
    for (const line of ['configure terminal', ...lines, 'end']) results.push(await this.execute(line));
    return results;
  }

  async #answer(credential: string): Promise<void> {
    const password = this.device?.credentials?.[credential]?.password;
    await this.#shell?.expect('Password: ', { timeout: 5000 });
    await this.send(typeof password === 'function' ? await password() : (password ?? ''));
  }
}

// A name for it, so that a testbed can say `class: router`.
registerConnectionClass('router', RouterConnection);

await using testbed = await Testbed.load(testbedFile);
await using router = testbed.device<{ default: RouterConnection; pool: PooledConnection<RouterConnection> }>('router');

// Many tasks on one connection: each has its own answer. There are no threads: calls that nobody awaits yet run at once.
{
  await router.connect({ cls: RouterConnection, via: 'console' });
  const commands = ['show version', 'show running-config', 'show nonsense', 'show version'];
  const output = await Promise.all(commands.map((command) => router.execute(command)));
  for (const { command, stdout, ok } of output) console.log(`${command}: ${stdout.split('\n')[0]} (${ok})`);
  assert.deepEqual(
    output.map(({ ok }) => ok),
    [true, true, false, true],
  );
  assert.match(output[1]?.stdout ?? '', /^hostname \S+$/m);
  assert.equal(output[3]?.stdout, output[0]?.stdout);

  // All lines of one task are typed before those of the next.
  const describe = (text: string) => router.configure(['interface eth0', `description ${text}`]);
  await Promise.all([describe('the first'), describe('the second')]);
  assert.match((await router.execute('show running-config')).stdout, /description the second/);
}

// The same class in a pool of five: each task has a connection for itself, and whoever finds none waits in line.
{
  await router.connect({ cls: 'router', via: 'console', poolSize: 5, poolTimeout: 10_000, alias: 'pool' });
  const commands = ['show version', 'show running-config', 'show interface', 'show ip route', 'show ipv6 route'];
  const output = await Promise.all(commands.map((command) => router.pool.execute(command)));
  console.log(output.map(({ command, stdout }) => `${command}: ${stdout.length}`).join(', '));
  assert.ok(output.every(({ ok }) => ok));
  assert.equal((await router.pool.configure(['interface eth0', 'description the third'])).length, 4);
}

// Whoever does not want to wait for ever gets an error of its own instead.
const impatient = { cls: RouterConnection, via: 'console', alias: 'pool', poolSize: 1, poolTimeout: 50 };
await router.connect({ ...impatient, ifExists: 'replace' });
await router.pool.use(async () => {
  await assert.rejects(router.pool.execute('show version'), PoolTimeoutError);
});
