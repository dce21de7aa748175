import { channel } from 'node:diagnostics_channel';
import { describe, expect, it } from 'vitest';
import { type ConnectStep, ConnectTrace, diagnostics, type StateEvent } from '../../../src/core/diagnostics.js';

describe('a topic', () => {
  it('is heard by name, through node:diagnostics_channel', () => {
    const heard: unknown[] = [];
    const listener = (message: unknown): void => void heard.push(message);
    channel('hawser:state').subscribe(listener);
    const event: StateEvent = { id: 'a', host: 'web1', state: 'connected' };
    diagnostics.state.publish(event);
    channel('hawser:state').unsubscribe(listener);
    expect(heard).toEqual([event]);
  });

  it('is active while somebody listens, and each who listens may stop for himself', () => {
    const heard: string[] = [];
    const stopA = diagnostics.channel.subscribe(() => heard.push('a'));
    const stopB = diagnostics.channel.subscribe(() => heard.push('b'));
    const event = { type: 'open', host: 'web1', kind: 'exec', open: 1 } as const;
    diagnostics.channel.publish(event);
    stopA();
    expect(diagnostics.channel.active).toBe(true);
    diagnostics.channel.publish(event);
    stopB();
    expect(diagnostics.channel.active).toBe(false);
    diagnostics.channel.publish(event);
    expect(heard).toEqual(['a', 'b', 'b']);
  });

  it.each(['connect', 'execute', 'channel', 'state'] as const)('hawser:%s has no listener by itself', (name) => {
    expect(diagnostics[name].active).toBe(false);
    expect(channel(`hawser:${name}`).hasSubscribers).toBe(false);
  });
});

describe('the trace of a connect', () => {
  it('knows where the connect is, and keeps the steps behind it', () => {
    const trace = new ConnectTrace('web1');
    expect([trace.place, trace.steps]).toEqual([undefined, []]);
    trace.enter({ hop: 'bastion:22', phase: 'tcp' });
    trace.step('bastion:22', 'tcp', '10.0.0.1');
    trace.enter({ hop: 'bastion:22', phase: 'banner', note: () => 'it said nothing' });
    expect(trace.place).toMatchObject({ hop: 'bastion:22', phase: 'banner' });
    expect(trace.place?.note?.()).toBe('it said nothing');
    trace.step('bastion:22', 'banner', 'reset', 'failed');
    expect(trace.steps).toMatchObject([
      { host: 'web1', hop: 'bastion:22', phase: 'tcp', outcome: 'ok', detail: '10.0.0.1' },
      { host: 'web1', hop: 'bastion:22', phase: 'banner', outcome: 'failed', detail: 'reset' },
    ]);
    for (const { ms } of trace.steps) expect(ms).toBeGreaterThanOrEqual(0);
  });

  it('publishes each step as it happens', () => {
    const heard: ConnectStep[] = [];
    const stop = diagnostics.connect.subscribe((step) => heard.push(step));
    const trace = new ConnectTrace('web1');
    trace.step('web1:22', 'tcp', '10.0.0.1');
    expect(heard).toEqual(trace.steps);
    stop();
    trace.step('web1:22', 'banner', 'SSH-2.0-x');
    expect(heard).toHaveLength(1);
  });
});
