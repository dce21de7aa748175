// One connection that several tasks use at once: who is told, who takes turns, and who keeps it for several calls.
import assert from 'node:assert/strict';
import { AbortError, type CliConnection, DialogError, Testbed, TimeoutError } from 'hawser';
import { testbedFile } from './lab.js';

await using testbed = await Testbed.load(testbedFile);
await using router = testbed.device<{ default: CliConnection; shared: CliConnection }>('router');
const commands = ['show version', 'show interface', 'show ip route', 'show ipv6 route'];

// A command line is for one task at a time. A second one is told so, and neither sees what is the other's.
{
  await router.connect();
  const results = await Promise.allSettled(commands.map((command) => router.execute(command)));
  const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  assert.equal(refused.length, commands.length - 1);
  const [first] = refused;
  assert.ok(first instanceof DialogError && first.reason === 'shared');
  console.log(first.message);
}

// Made thread-safe, its calls take turns, in the order in which they were asked for.
await router.connect({ alias: 'shared', threadSafe: true });
{
  const order: string[] = [];
  const ask = async (command: string): Promise<string> => {
    const { stdout } = await router.shared.execute(command);
    order.push(command);
    return stdout;
  };
  const together = await Promise.all(commands.map(ask));
  assert.deepEqual(order, commands);

  // Each had its own answer: it is the one that it has when it is asked for alone.
  const alone: string[] = [];
  for (const command of commands) alone.push(await ask(command));
  for (const [index, text] of alone.entries()) assert.equal(together[index]?.split('\n')[0], text.split('\n')[0]);
  console.log(`${together.length} answers, each to its own question`);
}

// Several calls that nobody comes between: the lock is entered again by what runs inside.
{
  const { lock } = router.shared;
  const steps: string[] = [];
  const sequence = lock.runExclusive(async () => {
    await router.shared.configure(['interface eth0', 'description mine']);
    steps.push('changed');
    const { stdout } = await router.shared.execute('show running-config', { mode: 'enable' });
    steps.push('looked');
    return stdout;
  });
  const other = router.shared.execute('show version').then(() => steps.push('another task'));
  assert.match(await sequence, /description mine/);
  await other;
  assert.deepEqual(steps, ['changed', 'looked', 'another task']);
}

// Nobody has to wait for ever: a time limit and a signal leave the line.
{
  const { lock } = router.shared;
  await using held = await lock.acquire();
  await assert.rejects(lock.acquire({ timeout: 50 }), TimeoutError);
  const controller = new AbortController();
  const waiting = lock.acquire({ signal: controller.signal });
  controller.abort();
  await assert.rejects(waiting, AbortError);
  console.log('locked:', lock.locked, 'waiting:', lock.waiting);
  held.release();
  assert.equal(lock.locked, false);
}
