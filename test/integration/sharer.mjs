// A process that shares what a broker has with others.
//
//   node sharer.mjs INDEX-OF-THE-LIBRARY TASK OPTIONS-AS-JSON
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

const [, , library, task, json] = process.argv;
const { socket, target, rounds, file, size } = JSON.parse(json);
const { SessionBroker } = await import(library);
const client = await SessionBroker.connect({ socket });
const say = (line) => process.stdout.write(`${line}\n`);

const tasks = {
  /** Counts in a file, each time by one command. */
  async command() {
    const connection = client.connection(target);
    for (let round = 0; round < rounds; round += 1) {
      const command = `x=$(cat ${file}); sleep 0.01; echo $((x+1)) > ${file}`;
      await connection.execute(command, { check: true });
    }
  },
  /** Counts in a file, each time by three steps under the lock. */
  async steps() {
    const connection = client.connection(target);
    for (let round = 0; round < rounds; round += 1) {
      await connection.lock.runExclusive(async () => {
        const seen = Number(await connection.fs.readFile(file, 'utf8'));
        await pause(5);
        await connection.fs.writeFile(file, `${seen + 1}\n`);
      });
    }
  },
  /** Writes down in a file when work on a worker of a pool begins, and when it ends. */
  async pool() {
    const pool = client.pool(target, { size });
    const work = () => pool.execute(`echo in >> ${file}; sleep 0.02; echo out >> ${file}`, { check: true });
    await Promise.all(Array.from({ length: rounds }, work));
  },
  /** Holds the lock until a line comes. */
  async hold() {
    const lease = await client.connection(target).lock.acquire();
    say('held');
    await once(process.stdin, 'data');
    lease.release();
    say('released');
  },
  /** Runs a command that takes its time, on a session that does one thing at a time. */
  async long() {
    const onStdout = () => say('runs');
    await client.connection(target).execute(`echo up; sh -c 'sleep 1000; : ${file}'`, { onStdout });
  },
  /** Has a worker, with something under way on it. */
  async lease() {
    const pool = client.pool(target, { size });
    await pool.use(async (worker) => {
      const reader = worker.spawn(`cat; : ${file}`);
      say('leased');
      await reader.wait();
    });
  },
};

await tasks[task]();
await client.disconnect();
process.exit();
