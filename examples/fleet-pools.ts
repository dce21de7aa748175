// A machine's own calls on every machine, and several connections to one machine that work side by side.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { MultiConnection } from 'hawser';
import { startTestFleet } from 'hawser/testing';

await using fleet = await startTestFleet({ hosts: ['web1', 'web2'] });
const { target: web1 } = fleet.host('web1');
const { target: web2 } = fleet.host('web2');

// `fs`, `os` and `Path` have the calls of one connection, with a result for each host.
{
  await using mc = new MultiConnection([web1, web2]);
  await mc.get('web1')?.fs.writeFile('motd', 'hello\n');
  for await (const { key, value } of mc.fs.isFile('motd')) console.log(key, value); // as each comes
  const results = await mc.fs.isFile('motd'); // all, in the order of the fleet
  assert.deepEqual([results.get('web1')?.value, results.get('web2')?.value], [true, false]);
}

// Two connections to one machine are one host: a call asks it once. Whoever means each connection says so.
{
  await using mc = new MultiConnection([web1, web1]);
  const once = await mc.fs.isFile('motd');
  const each = await Promise.all([...mc.valuesAll()].map((connection) => connection.fs.isFile('motd')));
  console.log(`once: ${once.size}, on each connection: ${each.length}`);
  assert.deepEqual([once.size, each], [1, [true, true]]);
}

// A copy in the background on one connection, and the other is free. No thread is needed.
{
  await using mc = new MultiConnection([web1, web1], { threadSafe: true });
  await writeFile('large.bin', Buffer.alloc(32 * 1024 * 1024, 'x'));

  const first = mc.get('web1');
  let copied = false;
  let begin = (): void => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const copying = first?.upload('large.bin', 'large.bin', { onProgress: () => begin() }).then((summary) => {
    copied = true;
    return summary;
  });
  await begun;

  const second = mc.get('web1'); // the next one in the pool
  console.log('while it is copied:', await second?.fs.isFile('motd'), copied ? '(done by now)' : '(under way)');
  assert.notEqual(second, first);

  // There are two: the third is the first again. It is thread-safe, so that what it is asked now waits for the copy.
  const third = mc.get('web1');
  assert.equal(third, first);
  assert.equal(await third?.fs.isFile('large.bin'), true);
  assert.equal(copied, true);
  console.log('copied', (await copying)?.bytes, 'bytes');

  // A call of the fleet picks the least busy connection by itself.
  assert.ok((await mc.execute('true')).ok);
}
