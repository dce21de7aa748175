// A fleet as what it is: an ordered map from key to a pool of connections.
import assert from 'node:assert/strict';
import { MultiConnection } from 'hawser';
import { startTestFleet } from 'hawser/testing';

await using fleet = await startTestFleet({ hosts: ['web1', 'web2', 'web3', 'db1'] });

// The calls of a Map, on the connections.
{
  await using mc = new MultiConnection(fleet.targets);

  // Go over them.
  console.log([...mc.keys()]);
  for (const connection of mc.values()) console.log(connection.key, connection.state);
  for (const [key, connection] of mc.entries()) assert.equal(connection.key, key);

  // Look at one. Looking makes nothing: what is not there is undefined.
  const web1 = mc.get('web1');
  const other = mc.get('other') ?? web1;
  assert.ok(mc.has('web1') && !mc.has('other') && other === web1);

  // Take out: `delete` closes what the fleet made, `pop` hands it to you.
  assert.equal(await mc.delete('web1'), true);
  assert.equal(web1?.state, 'closed');
  const web2 = mc.pop('web2');
  const [last, db1] = mc.popItem() ?? [];
  console.log('popped', web2?.key, last);
  assert.deepEqual([web2?.state, last, [...mc.keys()]], ['idle', 'db1', ['web3']]);
  await Promise.all([web2?.close(), db1?.close()]);

  // A shallow copy has the same connections, on loan.
  await using shallow = mc.copy();
  const web3 = mc.get('web3');
  assert.ok(web3 !== undefined && shallow.get('web3') === web3);
  console.log('owned here', mc.owns(web3), 'and there', shallow.owns(web3));

  // None left.
  await mc.clear();
  assert.equal(mc.size, 0);
}

// A key with several connections: each call of the map has a twin for whole pools, with `All` in its name.
{
  const [web1, web2, , db1] = fleet.targets;
  if (web1 === undefined || web2 === undefined || db1 === undefined) throw new Error('the fleet has four hosts');
  await using mc = new MultiConnection([web1, web1, web2, db1, db1]);

  console.log([...mc.keys()], [...mc.keysAll()]);
  assert.deepEqual([mc.size, mc.sizeAll], [3, 5]);
  assert.deepEqual([[...mc.values()].length, [...mc.valuesAll()].length], [3, 5]);
  assert.deepEqual([[...mc.entries()].length, [...mc.entriesAll()].length], [3, 5]);

  // `getAll` is the pool; each `get` is the next connection of it.
  const [first, second, ...more] = mc.getAll('web1');
  assert.deepEqual([mc.get('web1'), mc.get('web1'), mc.get('web1'), ...more], [first, second, first]);

  // One connection taken out leaves the other. The key goes with the last.
  await mc.delete('web1');
  console.log('web1 is still there:', mc.has('web1'));
  assert.ok(mc.has('web1'));
  await mc.delete('web1');
  assert.ok(!mc.has('web1'));

  // A whole pool at once: handed over to you, or closed.
  const popped = mc.popAll('db1');
  console.log(`${popped.length} of db1 are ours now:`, !mc.has('db1'));
  assert.ok(popped.length === 2 && !mc.has('db1'));
  await Promise.all(popped.map((connection) => connection.close()));
  assert.equal(await mc.deleteAll('web2'), 1);
  assert.equal(mc.popItemAll(), undefined); // none left
}

// What is in there, drawn: the fleet, its keys, the connections of each.
{
  const { target: one } = fleet.host('web1');
  await using mc = new MultiConnection([one, one, fleet.host('web2').target, 'local:']);
  const lines = ['fleet'];
  for (const key of mc.keys()) {
    lines.push(`  ${key}`);
    for (const connection of mc.getAll(key)) lines.push(`    ${connection.constructor.name} (${connection.state})`);
  }
  console.log(lines.join('\n'));
  assert.equal(lines.filter((line) => line.includes('SshConnection')).length, 3);
  assert.equal(lines.filter((line) => line.includes('LocalConnection')).length, 1);
}
