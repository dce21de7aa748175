// Output as it comes, from one machine and from many; whoever stops reading stops the programs.
import { connect, MultiConnection } from 'hawser';
import { startTestFleet } from 'hawser/testing';

await using fleet = await startTestFleet({ hosts: ['web1', 'web2'] });
const [target] = fleet.targets;
if (target === undefined) throw new Error('the fleet has a host');

await using web1 = await connect(target);

// A process with its streams. `yes` prints without end: leaving the loop ends it, there and here.
let count = 0;
for await (const line of web1.spawn('yes line')) {
  count += 1;
  if (count === 3) console.log(line, count);
  if (count === 1000) break;
}

// Talk with a program.
const cat = web1.spawn('cat -n');
cat.stdin.end('one\ntwo\n');
console.log((await cat.wait()).stdout.trimEnd().split('\n').length);

// Or with the login shell.
const shell = await web1.shell({ pty: false });
await shell.write('echo $((6 * 7))\n');
const { match } = await shell.expect(/^\d+$/m, { timeout: 10_000 });
console.log(match[0]);
await shell.close();

// The same for a fleet: events of all hosts, as fast as they are read.
await using mc = new MultiConnection(fleet.targets);
for await (const event of mc.stream('echo from $HOME | sed "s/.*/from home/"')) {
  if (event.type === 'stdout') console.log(event.key, event.data.trim());
}
