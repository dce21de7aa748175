// Sessions: one connection to a machine for all the work there, whoever asks for it, and whenever.
import assert from 'node:assert/strict';
import { connect, SessionCache, sessions, type Target } from 'hawser';
import { startTestFleet, type TestHost } from 'hawser/testing';

await using fleet = await startTestFleet({ hosts: ['cluster1', 'cluster2'], username: 'ada', otherUsers: ['bob'] });

// The fleet's machines have their names in an ssh_config of its own. In yours, 'cluster1' alone says all of this.
const machine = (host: string, more: Partial<Target> = {}): Target => ({ host, sshConfig: fleet.sshConfig, ...more });
const cluster1 = machine('cluster1');
const cluster2 = machine('cluster2');

/** A piece of work that knows of no other. It asks for what it needs; whether that was there already is none of its business. */
async function calculate(on: Target, name: string): Promise<string> {
  const session = await sessions.get(on);
  const directory = await session.directory(`calculations/${name}`);
  await directory.fs.writeFile('input', `${name} `);
  const { stdout } = await directory.execute('cat input; echo by $USER', { check: true });
  return stdout.trim();
}

/** The server's own log: who has logged in since it was looked at last. */
function newLogins(host: TestHost): string[] {
  const users = host.log.flatMap(({ what, detail }) => (what === 'ready' ? [detail] : []));
  host.clearLog();
  return users;
}

const [host1, host2] = [fleet.host('cluster1'), fleet.host('cluster2')];

// Without sessions: a handshake and an authentication for each piece of work.
for (const name of ['one', 'two', 'three']) {
  await using connection = await connect(cluster1);
  await connection.execute(`echo ${name}`);
}
assert.deepEqual(newLogins(host1), ['ada', 'ada', 'ada']);

// With them: the same machine, one calculation after another. The first one connects; no call says so, and none closes.
for (const name of ['one', 'two', 'three']) console.log(await calculate(cluster1, name));
assert.deepEqual(newLogins(host1), ['ada']);

// A hundred at once, and before there is a session: they wait for one handshake.
await sessions.close(cluster1);
await Promise.all(Array.from({ length: 100 }, (_, i) => calculate(cluster1, `at-once-${i % 10}`)));
assert.deepEqual(newLogins(host1), ['ada']);

// Another machine is another session. Back to the first one, whose session is still there.
await calculate(cluster1, 'a');
await calculate(cluster2, 'b');
await calculate(cluster1, 'c');
assert.deepEqual([newLogins(host1), newLogins(host2)], [[], ['ada']]);

// The same machine as another user: a session of his own, and of nobody else's.
assert.equal(await calculate(machine('cluster1', { username: 'bob' }), 'd'), 'd by bob');
assert.equal(await calculate(cluster1, 'e'), 'e by ada');
assert.deepEqual(newLogins(host1), ['bob']);

// What counts is who and where, after ssh_config, and not how that was spelled.
const spelled = machine('cluster1', { username: 'ada', port: host1.port, key: 'front', connectTimeout: 5000 });
assert.equal(await sessions.get(spelled), await sessions.get(cluster1));

// Who is laxer about host keys has a session of his own: what was accepted for him is not passed on to who is stricter.
const lax = machine('cluster1', { hostKey: 'insecure-accept-any' });
assert.notEqual(await sessions.get(lax), await sessions.get(cluster1));

// `sessions` is the whole process's. A cache of one's own shares nothing with it.
await using own = new SessionCache({ maxSessions: 10, idleTimeout: 600_000 });
assert.notEqual(await own.get(cluster1), await sessions.get(cluster1));
