// A fleet put away and taken out again: as text, as plain data, as a file, as a deep copy. No secret is in any of them.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { MultiConnection } from 'hawser';
import { startTestFleet } from 'hawser/testing';

await using fleet = await startTestFleet({ hosts: ['web1', 'web2'] });
// With the path of the key, which is kept; its text would not be.
const [web1, web2] = fleet.targets.map((target) => ({ ...target, privateKey: fleet.identityFile }));
if (web1 === undefined || web2 === undefined) throw new Error('the fleet has two hosts');
await using mc = new MultiConnection([web1, web1, web2], { batchSize: 10 });
const keys = ['web1', 'web1', 'web2'];

// As text.
const text = String(mc);
await using fromText = MultiConnection.fromString(text);
assert.deepEqual([...fromText.keysAll()], keys);

// As plain data: for JSON.stringify, structuredClone and whatever else takes that.
const record = mc.toJSON();
console.log(record.format, record.version, record.entries.length);
await using fromData = MultiConnection.fromJSON(structuredClone(record));
assert.deepEqual(fromData.toJSON(), record);

// As a file that nobody else can read.
await mc.save('fleet.json');
await using fromFile = await MultiConnection.load('fleet.json');
assert.deepEqual([...fromFile.keysAll()], keys);
assert.ok(!(await readFile('fleet.json', 'utf8')).includes('PRIVATE KEY'));

// Nothing was opened by that. What comes out works as what went in.
assert.ok([...fromFile.valuesAll()].every(({ state }) => state === 'idle'));
const results = await fromFile.execute('echo back again');
for (const [key, { stdout }] of results) console.log(key, stdout.trim());
results.throwIfAnyFailed();

// A deep copy: other connections to the same machines.
await using clone = mc.clone();
const originals = new Set(mc.valuesAll());
console.log(`${clone.sizeAll} connections, none of them shared`);
assert.deepEqual([...clone.keysAll()], keys);
assert.ok([...clone.valuesAll()].every((connection) => !originals.has(connection)));
