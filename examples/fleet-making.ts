// Ways to a fleet: by name, for the length of a block, with hosts that no file knows, and connection by connection.
import assert from 'node:assert/strict';
import { connect, MultiConnection, SshConnection } from 'hawser';
import { startTestFleet } from 'hawser/testing';

await using fleet = await startTestFleet({ hosts: ['web1', 'web2', 'db1'] });
// Yours are in ~/.ssh/config, and need no word about it.
const defaults = { sshConfig: fleet.sshConfig };

// By the names that ssh knows. Nothing is opened yet; a name that comes twice has two connections under one key.
const names = ['web1', 'web1', 'web2'];
await using byName = new MultiConnection(names, { local: false, threadSafe: true, defaults });
console.log(String([...byName.keys()]), byName.sizeAll);
assert.deepEqual([...byName.keysAll()], names);

// For the length of a block: all is closed at its end. `local` and `threadSafe` are one answer, or one for each name.
{
  await using mc = new MultiConnection(['web1', 'here'], { local: [false, true], threadSafe: [true, false], defaults });
  const results = await mc.execute('echo hello');
  for (const [key, { stdout }] of results) console.log(key, stdout.trim());
  assert.ok(results.ok);
}

// Hosts that no ssh_config has: known to this process from here on, by name.
const { port } = fleet.host('db1');
const { identityFile, knownHosts } = fleet;
MultiConnection.addHosts({ host: 'archive', hostName: '127.0.0.1', port, user: 'tester', identityFile });
await using added = new MultiConnection(['archive'], { defaults: { knownHosts, agent: false } });
const greeting = await added.execute('echo from the archive');
console.log(greeting.get('archive')?.stdout.trim());
assert.ok(greeting.ok);

// Or begin with none and add connections, each made as it needs to be.
await using mc = new MultiConnection([]);
await using web1 = await connect('web1', defaults);
mc.add(web1);
await using web2 = await connect('web2', defaults);
await using both = mc.concat(web2); // a new fleet: `mc` stays as it is
assert.deepEqual([mc.size, both.size], [1, 2]);

const login = { username: 'tester', privateKey: identityFile, agent: false, knownHosts, sshConfig: false } as const;
await using db1 = new SshConnection({ target: { ...login, key: 'db1', host: '127.0.0.1', port, threadSafe: true } });
mc.set('some key', db1);

// Fleets are joined into a new one, or one is added to another.
await using joined = mc.concat(byName);
joined.update(byName); // has them already: a pool holds each connection once
console.log(String([...joined.keysAll()]));
assert.deepEqual([...joined.keysAll()], ['web1', 'web1', 'web1', 'some key', 'web2']);
assert.ok((await joined.execute('true')).ok);
