import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MultiConnection } from '../../../../src/fleet/multi-connection.js';
import { startTestFleet, type TestFleet } from '../../../../src/testing/test-fleet.js';

let servers: TestFleet;
let text = '';

beforeAll(async () => {
  servers = await startTestFleet({ hosts: ['gate', 'web1'], password: 'open sesame' });
  const [gate, web1] = servers.targets.map(({ privateKey: _, ...target }) => ({ ...target, password: 'open sesame' }));
  if (gate === undefined || web1 === undefined) throw new Error('The fleet has two hosts.');
  await using fleet = new MultiConnection([{ ...web1, proxyJump: gate }]);
  expect((await fleet.execute('echo there')).get('web1')?.stdout).toBe('there\n');
  text = fleet.toString();
});
afterAll(() => servers.close());

describe('a fleet of servers that was read from a record', () => {
  it('gets in with the credentials that were given back, through its jump host', async () => {
    const asked: string[] = [];
    await using fleet = MultiConnection.fromString(text, {
      credentials: (key) => ({
        password: async () => {
          asked.push(key);
          return 'open sesame';
        },
      }),
    });
    expect(asked).toEqual([]);
    expect((await fleet.execute('echo there')).get('web1')?.stdout).toBe('there\n');
    expect(asked).toEqual(['gate', 'web1']);
  });

  it('says that it was not let in where nobody gave them', async () => {
    await using fleet = MultiConnection.fromString(text);
    const result = (await fleet.execute('echo there')).get('web1');
    expect(result?.outcome).toBe('auth');
    expect(result?.error?.message).toContain('gate');
  });
});
