// A process that has one connection with `reconnect`, and says what becomes of it: a line for each state.
//
//   node holder.mjs INDEX TARGET WORK      TARGET: JSON; INDEX: the library's index.js
//
// It connects, says "up", and waits for a line on stdin. Then, by WORK, it ends ("leave"), or runs a command ("run").
import { once } from 'node:events';

const [index, target, work] = process.argv.slice(2);
const { OpenSshConnection, SshConnection } = await import(index);
const to = JSON.parse(target);
const Way = to.protocol === 'openssh' ? OpenSshConnection : SshConnection;
const connection = new Way({ target: to, reconnect: { attempts: 1000, delay: 5, maxDelay: 50 } });
connection.on('state', (state) => console.log(state));
await connection.connect();
console.log('up');
await once(process.stdin, 'data');
process.stdin.destroy();
if (work === 'run') {
  const { stdout } = await connection.execute('echo done');
  console.log(stdout.trim());
  await connection.close();
}
