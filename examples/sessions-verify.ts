// Whether a session was used again: by what it tells, by what the server says, and by the clock.
import assert from 'node:assert/strict';
import { subscribe } from 'node:diagnostics_channel';
import { closeAllConnections, sessions } from 'hawser';
import { startTestFleet } from 'hawser/testing';

await using fleet = await startTestFleet({ hosts: ['cluster1'], username: 'ada' });
const cluster1 = { host: 'cluster1', sshConfig: fleet.sshConfig };

async function calculate(): Promise<void> {
  const session = await sessions.get(cluster1);
  await session.execute('expr 6 \\* 7', { check: true });
}

// Its own account: an event for each session that is made, and for each time that one serves once more. With HAWSER_DEBUG=1
// in the environment the same is printed on stderr, and whoever keeps logs listens to `hawser:session`.
const told: string[] = [];
sessions.on('created', ({ id, username, host, port }) => told.push(`${id} connected to ${username}@${host}:${port}`));
sessions.on('reused', ({ id, reused }) => told.push(`${id} reused ${reused}`));
const published: unknown[] = [];
subscribe('hawser:session', (message) => published.push(message));

const began = performance.now();
await calculate();
const first = performance.now() - began;
const again = performance.now();
for (let i = 0; i < 10; i += 1) await calculate();
const later = (performance.now() - again) / 10;

console.log(told);
assert.equal(told.length, 11);
assert.match(told[0] ?? '', /connected to ada@/);
assert.match(told.at(-1) ?? '', /reused 10/);
assert.equal(published.length, 11);

// What there is now: how old, how idle, how busy; what went over it, and how far away the machine is.
const [session] = sessions.list();
console.log(session);
assert.equal(session?.reused, 10);

// The server's account, which is the one to believe: one connection, one login, and eleven commands on it. In the log of an
// OpenSSH server it is the lines with "Accepted"; who(1) lists terminals alone, and these sessions have none.
const { log, connections } = fleet.host('cluster1');
const count = (what: string): number => log.filter((entry) => entry.what === what).length;
assert.deepEqual([connections, count('ready'), count('exec')], [1, 1, 11]);

// By the clock: the first calculation has a handshake in it. (How much that is depends on how far away the machine is.)
console.log(`first ${first.toFixed(1)} ms, later ${later.toFixed(1)} ms each`);

await closeAllConnections();
