// One connection that many tasks share, with locked services of its own; and a pool of them.
import { ConnectionPool, DeadlockError, locked, PoolTimeoutError, type Shell, SshConnection } from 'hawser';
import { startTestFleet } from 'hawser/testing';

/** A command line over one shell. Two tasks that typed into it at once would read each other's answers. */
class CommandLine extends SshConnection {
  #shell: Shell | undefined;

  @locked
  async send(line: string): Promise<void> {
    this.#shell ??= await this.shell({ pty: false });
    await this.#shell.write(`${line}; echo; echo END\n`);
  }

  @locked
  async receive(): Promise<string> {
    const answer = await this.#shell?.expect(/\n?END\n/, { timeout: 5000 });
    return answer?.before.trim() ?? '';
  }

  // Locked methods call each other; nobody else's call comes in between.
  @locked
  async ask(line: string): Promise<string> {
    await this.send(line);
    return this.receive();
  }

  // What it begins at once is let in one after another.
  @locked
  async askAll(lines: readonly string[]): Promise<string[]> {
    return Promise.all(lines.map((line) => this.ask(line)));
  }
}

await using fleet = await startTestFleet({ hosts: ['router'] });
const { target } = fleet.host('router');

// Twenty tasks on one connection: each gets exactly its own answer.
{
  await using router = new CommandLine({ target });
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => router.ask(`echo answer ${i}`)));
  if (answers.some((answer, i) => answer !== `answer ${i}`)) throw new Error('garbled');
  console.log(await router.askAll(['echo one', 'echo two']));

  // A piece of work that belongs together, without a method for it.
  await router.lock.runExclusive(async () => {
    await router.ask('cd /tmp');
    console.log(await router.ask('pwd'));
  });

  // A lease is for who has no call to wrap. Inside of a hold it would wait for itself: that is reported.
  const error = await router.lock.runExclusive(() => router.lock.acquire()).catch((e: DeadlockError) => e);
  console.log(error instanceof DeadlockError && error.code);
}

// Five workers look like one connection, with the services of their class.
const model = new CommandLine({ target });
await using pool = ConnectionPool.of(() => model.clone(), { size: 5, timeout: 10_000 });
await pool.connect();
const words = await Promise.all(Array.from({ length: 50 }, (_, i) => pool.ask(`echo word ${i}`)));
console.log(words.length, words.at(-1), pool.stats);

// Several calls on one worker; and a lease, where there is no function to wrap.
const where = await pool.use(async (worker) => {
  await worker.ask('cd /');
  return worker.ask('pwd');
});
console.log(where);
{
  await using lease = await pool.acquire({ timeout: 1000 });
  console.log(await lease.connection.ask('echo mine'));
}

// All are busy, and somebody is in a hurry.
const busy = Array.from({ length: 5 }, () => pool.execute('sleep 0.3'));
const hurried = await pool.acquire({ timeout: 50 }).catch((e: PoolTimeoutError) => e);
console.log(hurried instanceof PoolTimeoutError && hurried.message);
await Promise.all(busy);
