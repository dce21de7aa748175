// Logs of a fleet, followed: one path for all, or each host its own.
import assert from 'node:assert/strict';
import { MultiConnection } from 'hawser';
import { startTestFleet } from 'hawser/testing';

await using fleet = await startTestFleet({ hosts: ['web1', 'web2', 'app1', 'db1'] });
await using mc = new MultiConnection(fleet.targets);

// The same file on all. What was in it before is passed over; what is written from now on is read, no pause needed.
await mc.fs.writeFile('syslog', 'from before\n');
{
  await using tail = await mc.tail('syslog');
  await mc.execute('echo "Test message from hawser" >> syslog');
  const news = await tail.read();
  for (const [key, { stdout }] of news) console.log(`${key}: ${stdout.trim()}`);
  assert.equal(news.fold()[0]?.output, 'Test message from hawser\n');
  assert.equal(news.size, 4);
}

// Each its own file; a host that has none fails alone. Lines can also be had as they come.
await mc.executeMap({ web1: 'touch access.log', web2: 'touch access.log', app1: 'touch myapp.log' });
{
  await using tail = await mc.tailMap({
    web1: 'access.log',
    web2: 'access.log',
    app1: 'myapp.log',
    db1: 'postgresql.log',
  });
  for (const [key, { message }] of tail.failures) console.log(`${key}: ${message}`);
  assert.deepEqual([...tail.failures.keys()], ['db1']);

  await mc.executeMap({ web1: 'echo GET /health >> access.log', app1: 'echo healthy >> myapp.log' });
  const news = await tail.read();
  for (const [key, { stdout }] of news) if (stdout !== '') console.log(`${key}: ${stdout.slice(0, 200).trim()}`);
  assert.deepEqual([news.get('web1')?.stdout, news.get('web2')?.stdout], ['GET /health\n', '']);

  await mc.executeMap({ web2: 'echo GET /late >> access.log' });
  for await (const { key, line } of tail) {
    console.log(`${key}: ${line}`);
    assert.deepEqual([key, line], ['web2', 'GET /late']);
    break;
  }
}
