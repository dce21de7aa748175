// How long sessions live: as long as the process, unless somebody says otherwise.
import assert from 'node:assert/strict';
import { ConnectError, closeAllConnections, SessionCache, sessions } from 'hawser';
import { startTestFleet } from 'hawser/testing';

await using fleet = await startTestFleet({ hosts: ['cluster1', 'cluster2', 'cluster3'] });
const machine = (host: string) => ({ host, sshConfig: fleet.sshConfig });
const [cluster1, cluster2, cluster3] = [machine('cluster1'), machine('cluster2'), machine('cluster3')];

// All of them at once, with what runs on them. Whoever needs one later gets a new one.
try {
  await (await sessions.get(cluster1)).execute('make');
  await (await sessions.get(cluster2)).fs.writeFile('input', 'a');
} finally {
  await closeAllConnections(); // that is `sessions.closeAll()`
}
assert.equal(sessions.size, 0);
assert.equal((await (await sessions.get(cluster1)).execute('echo back')).stdout, 'back\n');

// One of them.
assert.equal(await sessions.close(cluster1), true);
assert.equal(await sessions.close(cluster1), false); // there is none any more

// Without any of this a process ends when its work is done: sessions do not keep it alive, and end with it.
await sessions.get(cluster1);

// A process that runs for months, and meets many machines: few at a time, and none for longer than it is of use. The one that
// was used the longest ago goes first; one that somebody works on never does.
{
  await using cache = new SessionCache({ maxSessions: 2, idleTimeout: 600_000 });
  const gone: string[] = [];
  cache.on('evicted', ({ key }) => gone.push(key));
  for (const each of [cluster1, cluster2, cluster3]) await (await cache.get(each)).execute('true');
  await new Promise(setImmediate);
  assert.deepEqual([gone, cache.size], [['cluster1'], 2]);
}

// A lost link is made again by itself, with growing pauses; work that comes meanwhile waits for it.
{
  await using cache = new SessionCache({ reconnect: { delay: 10 } });
  const session = await cache.get(cluster3);
  const back = new Promise((resolve) => cache.once('reconnected', resolve));
  fleet.host('cluster3').cut('reset');
  await back;
  assert.equal(await cache.get(cluster3), session);
}

// A machine that cannot be reached again and again is left alone for a while: a thousand tasks do not hammer on it.
{
  await using cache = new SessionCache({ circuitBreaker: { failures: 2 } });
  fleet.host('cluster2').stopListening();
  for (let i = 0; i < 3; i += 1) {
    await assert.rejects(cache.get(cluster2), (error) => {
      console.log(error instanceof ConnectError && error.message);
      return error instanceof ConnectError;
    });
  }
}
