import { channel } from 'node:diagnostics_channel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../../src/connection/create-connection.js';
import { type ChannelEvent, type ConnectStep, diagnostics, type StateEvent } from '../../../src/core/diagnostics.js';
import { AuthError } from '../../../src/core/errors.js';
import type { Target } from '../../../src/inventory/target.js';
import { startTestFleet, type TestFleet } from '../../../src/testing/test-fleet.js';

let fleet: TestFleet;
beforeAll(async () => {
  fleet = await startTestFleet({ hosts: ['gate', 'web1'], password: 'hunter2' });
});
afterAll(() => fleet.close());

function target(name: string, more: Partial<Target> = {}): Target {
  return { ...fleet.host(name).target, ...more };
}

/** What is said on all topics while `work` runs. */
async function heard(work: () => Promise<void>): Promise<{
  steps: ConnectStep[];
  channels: ChannelEvent[];
  states: StateEvent[];
  commands: string[];
}> {
  const all = {
    steps: [] as ConnectStep[],
    channels: [] as ChannelEvent[],
    states: [] as StateEvent[],
    commands: [] as string[],
  };
  const stops = [
    diagnostics.connect.subscribe((step) => all.steps.push(step)),
    diagnostics.channel.subscribe((event) => all.channels.push(event)),
    diagnostics.state.subscribe((event) => all.states.push(event)),
    diagnostics.execute.subscribe(({ type, command }) => all.commands.push(`${type} ${command}`)),
  ];
  try {
    await work();
  } finally {
    for (const stop of stops) stop();
  }
  return all;
}

describe('the diagnostics of a connection', () => {
  it('tell each phase of a connect, the channel, the command and the states', async () => {
    const { steps, channels, states, commands } = await heard(async () => {
      await using connection = await connect(target('web1'));
      await connection.execute('true');
      expect(connection.connectSteps.map(({ phase }) => phase)).toEqual([
        'tcp',
        'banner',
        'hostkey',
        'kex',
        'auth',
        'ready',
      ]);
    });
    const hop = `127.0.0.1:${fleet.host('web1').port}`;
    expect(steps.map((step) => step.phase)).toEqual(['tcp', 'banner', 'hostkey', 'kex', 'auth', 'ready']);
    for (const step of steps) expect(step).toMatchObject({ host: 'web1', hop, outcome: 'ok' });
    expect(steps.find(({ phase }) => phase === 'banner')?.detail).toContain('SSH-2.0-OpenSSH');
    expect(steps.find(({ phase }) => phase === 'hostkey')?.detail).toMatch(/^ED25519 SHA256:.* known/);
    expect(steps.find(({ phase }) => phase === 'auth')?.detail).toBe('publickey the given key');
    expect(channels.map(({ type, kind }) => `${type} ${kind}`)).toEqual(['open exec', 'close exec']);
    expect(states.map(({ state }) => state)).toEqual(['connecting', 'connected', 'closed']);
    expect(commands).toEqual(['start true', 'end true']);
  });

  it('tell the hops of a connect, each under its own name', async () => {
    const { steps } = await heard(async () => {
      const { host, port, username, privateKey, knownHosts } = target('gate');
      const gate = { host, port, username, privateKey, knownHosts } as Target;
      await using connection = await connect(target('web1', { proxyJump: gate }));
      expect(connection.connected).toBe(true);
    });
    const ready = steps.filter(({ phase }) => phase === 'ready');
    expect(ready.map(({ hop }) => hop)).toEqual([
      `127.0.0.1:${fleet.host('gate').port}`,
      `127.0.0.1:${fleet.host('web1').port}`,
    ]);
    for (const step of steps) expect(step.host).toBe('web1');
  });

  it('tell where a connect failed and why, and hold no secret', async () => {
    const wrong = { password: 'wrong-hunter2', privateKey: [] };
    const all = await heard(async () => {
      await expect(connect(target('web1', wrong))).rejects.toThrow(AuthError);
    });
    expect(all.steps.at(-1)).toMatchObject({ phase: 'auth', outcome: 'failed' });
    expect(all.states.map(({ state }) => state)).toEqual(['connecting', 'disconnected', 'closed']);
    expect(JSON.stringify(all)).not.toContain('hunter2');
  });

  it('say nothing while nobody listens', async () => {
    const names = ['hawser:connect', 'hawser:execute', 'hawser:channel', 'hawser:state'];
    const published: unknown[] = [];
    const originals = names.map((name) => {
      const found = channel(name);
      const { publish } = found;
      found.publish = (message) => {
        published.push(message);
        return publish.call(found, message);
      };
      return () => {
        found.publish = publish;
      };
    });
    await using connection = await connect(target('web1'));
    await connection.execute('true');
    for (const restore of originals) restore();
    expect(published).toEqual([]);
  });
});
