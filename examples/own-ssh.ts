// Connections by the system's own ssh: whatever it can do (Kerberos, security keys, second factors) works here too.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { ConnectError, OpenSshConnection, Testbed } from 'hawser';
import { testbedFile } from './lab.js';

await using testbed = await Testbed.load(testbedFile);
await using server = testbed.device<{ default: OpenSshConnection; second: OpenSshConnection }>('server');

// `protocol: openssh` in a testbed, or in a target. One master connection carries all that follows.
await server.connect({ via: 'own' });
assert.ok(server.connection() instanceof OpenSshConnection);
console.log(server.connection().id);

// The services are those of every other connection.
{
  const { stdout, status } = await server.execute('echo "$SSH_CONNECTION"; exit 3');
  console.log(status, stdout.trim());
  const failed = await server.execute('exit 255'); // the command's own status, which is not ssh's
  assert.deepEqual([failed.outcome, failed.status], ['exit', 255]);

  await using directory = await temporaryDirectory();
  await server.fs.writeFile(`${directory.path}/motd`, 'hello\n');
  assert.equal(await server.fs.readFile(`${directory.path}/motd`, 'utf8'), 'hello\n');
  assert.equal((await server.execute(['cat', `${directory.path}/motd`])).stdout, 'hello\n');
}

// Settings of ssh_config can be given to one connection.
await server.connect({ via: 'own', alias: 'second', sshOptions: { Compression: 'yes', SetEnv: 'LC_NOTE=here' } });
assert.equal((await server.second.execute('echo $LC_NOTE')).stdout, 'here\n');

// A master that you have opened yourself can be used, and nothing but that: nobody is asked for anything.
{
  const { host, port, username, privateKey, knownHosts } = server.connection().target;
  const sshConfig = `${process.cwd()}/ssh_config`;
  await writeFile(
    sshConfig,
    `Host server
      HostName ${host}
      Port ${port}
      User ${username}
      IdentityFile ${privateKey}
      UserKnownHostsFile ${knownHosts}
      ControlPath ${process.cwd()}/control-%n
    `,
  );
  const ssh = (...args: string[]) => promisify(execFile)('ssh', ['-F', sshConfig, ...args, 'server']);
  const target = { host: 'server', sshConfig };

  await using none = new OpenSshConnection({ target, reuseOnly: true });
  const refused = await none.connect().catch((error: unknown) => error);
  assert.ok(refused instanceof ConnectError);
  console.log(refused.message);

  await ssh('-M', '-N', '-f');
  {
    await using adopted = new OpenSshConnection({ target, reuseOnly: true });
    assert.equal((await adopted.execute('echo over your own master')).stdout, 'over your own master\n');
  }
  await ssh('-O', 'exit'); // yours to close: it has outlived the connection
}

async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await server.fs.mkdtemp('/tmp/own-ssh-');
  return { path, [Symbol.asyncDispose]: () => server.fs.rm(path, { recursive: true }) };
}
