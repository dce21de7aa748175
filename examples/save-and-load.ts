// A fleet that outlives the program: written down without its secrets, read again, its secrets given back.
import { join } from 'node:path';
import { MultiConnection, ParseError } from 'hawser';
import { startTestFleet } from 'hawser/testing';

await using servers = await startTestFleet({ hosts: ['web1', 'web2'], password: 'open sesame' });
const [web1, web2] = servers.targets.map(({ privateKey: _, ...target }) => ({ ...target, password: 'open sesame' }));
if (web1 === undefined || web2 === undefined) throw new Error('the fleet has two hosts');

// Two connections to one machine, one through it to the next, and this machine.
await using mc = new MultiConnection([web1, web1, { ...web2, proxyJump: web1 }, 'local:'], { batchSize: 10 });

const file = join(process.cwd(), 'fleet.json');
await mc.save(file);
console.log(mc.toString().includes('sesame'), mc.toJSON().entries[0]?.missing);

// Reading opens nothing. The provider is asked about each machine that lacks something, jump hosts too; what it returns
// may be a function, which is called when a server asks and not before.
const vault = new Map([
  ['web1', 'open sesame'],
  ['web2', 'open sesame'],
]);
await using again = await MultiConnection.load(file, {
  credentials: async (key, _target, missing) => {
    console.log('asked for', missing.join(), 'of', key);
    return { password: () => vault.get(key) ?? '' };
  },
});
console.log([...again.keysAll()], again.batchSize);
const results = await again.execute('echo back');
console.log(
  results.ok,
  [...results].map(([key, { stdout }]) => `${key}: ${stdout.trim()}`),
);

// A record is plain data: it goes through JSON, `structuredClone`, a message to a worker.
const copy = MultiConnection.fromJSON(structuredClone(mc.toJSON()));
console.log(copy.toString() === mc.toString());

// What cannot be meant is refused with its place in the document.
try {
  MultiConnection.fromString('{ "version": 1,\n  "entries": [{ "key": "a", "kind": "ssh", "host": "a", "port": 0 }] }');
} catch (error) {
  if (error instanceof ParseError) console.log(error.line, error.column, error.message);
}

// The records of ssh_utilities (Python) are understood too.
const python = `{ "0": { "connection_name": "SSHConnection", "server_name": "db1", "user_name": "me",
  "ssh_key": "/home/me/.ssh/id_ed25519", "address": "10.0.0.5", "thread_safe": true } }`;
console.log(MultiConnection.fromString(python).toJSON().entries);
