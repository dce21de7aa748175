// Ways to log in to a fleet: by one password or one key for all, or each machine by its own means.
import assert from 'node:assert/strict';
import { connect, MultiConnection, SshConnection } from 'hawser';
import { startTestFleet } from 'hawser/testing';

await using fleet = await startTestFleet({
  hosts: ['server1', { name: 'server2', username: 'admin' }, 'server3'],
  username: 'user',
  password: 'pass',
});
// Where names lead is in ~/.ssh/config. The fields of a fleet win over what that says.
const sshConfig = fleet.sshConfig;

// The whole of it: name the hosts, run a command, look at each host's answer.
{
  await using mc = MultiConnection.fromSharedAuth({
    hosts: ['server1', 'server3'],
    username: 'user',
    password: 'pass',
    sshConfig,
  });
  const results = await mc.execute('echo "$USER"');
  for (const [key, { stdout }] of results) console.log(`${key}: ${stdout.trim()}`);
  assert.deepEqual(results.succeeded.fold()[0]?.keys, ['server1', 'server3']);
}

// Connections that differ, made unopened; the fleet opens them, and closes them too when it is told that they are its own.
{
  const common = { host: '127.0.0.1', knownHosts: fleet.knownHosts, sshConfig: false, agent: false } as const;
  const user = { ...common, username: 'user', password: 'pass' };
  const admin = { ...common, username: 'admin', privateKey: fleet.identityFile };
  const connections = [
    new SshConnection({ target: { ...user, key: 'server1', port: fleet.host('server1').port } }),
    new SshConnection({ target: { ...admin, key: 'server2', port: fleet.host('server2').port } }),
    new SshConnection({ target: { ...user, key: 'server3', port: fleet.host('server3').port } }),
  ];
  await using mc = MultiConnection.fromConnections(connections, { own: true, batchSize: 50 });
  const results = await mc.execute('echo "$USER"');
  console.log(results.succeeded.fold().map(({ hosts, output }) => `${hosts}: ${output.trim()}`));
  assert.deepEqual(
    [...results.values()].map(({ stdout }) => stdout.trim()),
    ['user', 'admin', 'user'],
  );
}

// Connections that are open already. The fleet borrows them: they outlive it.
{
  await using server1 = await connect('server1', { sshConfig });
  await using server2 = await connect('server2', { sshConfig });
  const mc = MultiConnection.fromConnections([server1, server2]);
  assert.ok((await mc.execute('true')).ok);
  await mc.close();
  console.log(server1.state, server2.state);
  assert.ok(server1.connected && server2.connected);
}

// One password for all, and how many are worked on at once. `hosts` takes the short form as well.
{
  await using mc = MultiConnection.fromSharedAuth({
    hosts: 'server[1,3]',
    username: 'user',
    password: 'pass',
    sshConfig,
    batchSize: 100,
  });
  console.log(String([...mc.keys()]), mc.batchSize);
  assert.ok((await mc.connect()).ok);
}

// One key for all: a file, of which "~" is expanded, or the key's text.
{
  await using mc = MultiConnection.fromSharedAuth({
    hosts: ['server1', 'server2', 'server3'],
    privateKey: fleet.identityFile,
    sshConfig,
  });
  const results = await mc.connect();
  console.log(`${results.succeeded.size} let us in`);
  results.throwIfAnyFailed();
}
