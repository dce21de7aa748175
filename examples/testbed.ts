// All devices of a testbed at once, with one result each.
import assert from 'node:assert/strict';
import { ParseError, Testbed } from 'hawser';
import { testbedFile } from './lab.js';

await using testbed = await Testbed.load(testbedFile);
console.log(testbed.name, Object.keys(testbed.devices));

// Connect in parallel. A device that cannot be reached has a result that says why, and keeps no other from its own.
{
  const results = await testbed.connect();
  results.throwIfAnyFailed();
  for (const [name, { value }] of results) console.log(name, 'via', value?.via);
}

// A command on the default connection of each device, as each comes or all together.
{
  for await (const { key, ok, stdout } of testbed.execute('show version')) console.log(key, ok, stdout.split('\n')[0]);
  const results = await testbed.execute('show version', { devices: ['router'] });
  assert.deepEqual([...results.keys()], ['router']);
}

// By other paths than the file's: one for each device, or several that are tried in order.
{
  await using other = await Testbed.load(testbedFile);
  const results = await other.connect({ vias: { router: ['down', 'mgmt'], server: 'down' } });
  assert.equal(results.get('router')?.value?.via, 'mgmt');
  assert.deepEqual([...results.failed.keys()], ['server']);
  console.log(results.failed.get('server')?.error?.message);
}

// A device and its connections, as everywhere.
{
  const server = testbed.device('server');
  console.log((await server.execute('uname -s')).stdout.trim(), (await server.fs.readdir('/')).length, 'files');
}

// Secrets come from elsewhere: from the environment, or from whoever is asked when one is first needed.
{
  const asked: string[] = [];
  const router = testbed.device('router');
  const { host, port } = router.explain({ via: 'console' }).target;
  const password = router.credentials?.['default']?.password; // there by name, and shown by nothing
  const text = `
testbed: { name: small }
devices:
  r1:
    os: frr
    credentials: { default: { password: '%ASK{password of r1}' } }
    connections:
      vty: { protocol: telnet, ip: '%ENV{R1_ADDRESS}', port: '%ENV{R1_PORT, 2601}' }
`;
  await using small = Testbed.parse(text, {
    env: { R1_ADDRESS: String(host?.value), R1_PORT: String(port?.value) },
    prompt: async (question) => {
      asked.push(question);
      return typeof password === 'function' ? password() : (password ?? '');
    },
  });
  assert.deepEqual(asked, []); // reading a testbed asks for nothing and opens nothing
  (await small.connect()).throwIfAnyFailed();
  assert.deepEqual(asked, ['password of r1']);
}

// What is wrong in a file is told with its place.
try {
  Testbed.parse('devices:\n  r1:\n    connections:\n      vty: { prot0col: telnet }\n', { file: 'lab.yaml' });
} catch (error) {
  assert.ok(error instanceof ParseError);
  console.log(error.message);
  assert.equal(error.line, 4);
}
