// One machine: connect, run commands, read what went wrong.
import { type AuthError, type CommandError, connect, HostKeyError, sh, type TimeoutError } from 'hawser';
import { startTestFleet } from 'hawser/testing';

await using fleet = await startTestFleet({ hosts: ['web1'] });
const [target] = fleet.targets;
if (target === undefined) throw new Error('the fleet has a host');

await using web1 = await connect(target);
console.log(web1.id, web1.state);

// A string goes to the remote shell as it is; an array, and what is put into sh`…`, is quoted.
const name = "it's a file";
await web1.execute(sh`printf '%s\n' hello > ${name}`);
const { stdout, status } = await web1.execute(['cat', '--', name]);
console.log(status, stdout.trim());

// Directory, variables and input, whatever the server's configuration says.
const loud = await web1.execute('echo "$GREETING from $(pwd)"; tr a-z A-Z', {
  cwd: '/tmp',
  env: { GREETING: 'hello' },
  input: 'shout\n',
});
console.log(loud.stdout.trim().split('\n'));

// A command that fails is a result. With check it is an error; one that is cut short always is.
const failed = await web1.execute('exit 3', { check: true }).catch((error: CommandError) => error);
console.log(failed instanceof Error ? failed.message : failed);

const slow = await web1.execute('echo begun; sleep 60', { timeout: 200 }).catch((error: TimeoutError) => error);
if (slow instanceof Error) console.log(slow.phase, slow.result?.stdout, slow.result?.killed);

// Nobody is trusted whose key is not on record, and nobody is let in for trying.
const stranger = await connect({ ...target, knownHosts: '/dev/null' }).catch((error: HostKeyError) => error);
if (stranger instanceof HostKeyError) console.log(stranger.reason, stranger.phase);

const refused = await connect({ ...target, username: 'nobody' }).catch((error: AuthError) => error);
if (refused instanceof Error)
  console.log(
    refused.name,
    refused.tried.map((attempt) => attempt.method),
  );
