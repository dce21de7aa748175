// Files to and from a fleet: text, files, what hosts have, and a deployment with all of it.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { MultiConnection } from 'hawser';
import { startTestFleet } from 'hawser/testing';

await using fleet = await startTestFleet({ hosts: ['web1', 'web2', 'web3'] });
await using mc = new MultiConnection(fleet.targets);
await mc.fs.mkdir('etc/myapp', { recursive: true });

// Text to a file on each. Old or new, a file is never seen in between.
(await mc.sftpWriteData('config_value=123\n', 'etc/myapp/config.txt')).throwIfAnyFailed();

// A local file to each: read once here, however many they are.
await writeFile('app.tar.gz', 'not really an archive');
const sent = (await mc.sftpWrite('app.tar.gz', 'app.tar.gz')).throwIfAnyFailed();
for (const [key, { value }] of sent) console.log(`${key}: ${value?.files} file, ${value?.bytes} bytes`);

// A file of each, as text. It stands in `stdout`, as what a command printed would.
const read = await mc.sftpRead('etc/myapp/config.txt');
for (const [key, { stdout }] of read) console.log(`=== ${key} ===\n${stdout.slice(0, 500)}`);
assert.equal(read.fold()[0]?.output, 'config_value=123\n');

// A deployment: send, start anew, and say who did not. A stand-in for nginx runs on this fleet, and fails on web3.
await writeFile('nginx.conf', 'worker_processes auto;\n');
await mc.get('web3')?.fs.writeFile('out-of-order', '');
(await mc.sftpWrite('nginx.conf', 'etc/nginx.conf')).throwIfAnyFailed();
const restarted = await mc.execute('test ! -e out-of-order && grep -q worker_processes etc/nginx.conf');
if (restarted.failed.size > 0) console.log(`not restarted: ${[...restarted.failed.keys()]}`);
assert.deepEqual([...restarted.failed.keys()], ['web3']);
