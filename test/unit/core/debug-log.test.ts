import { afterEach, describe, expect, it } from 'vitest';
import { startDebugLog } from '../../../src/core/debug-log.js';
import { diagnostics } from '../../../src/core/diagnostics.js';

const TIME = /^hawser \d\d:\d\d:\d\d\.\d{3} /;
let stop: () => void = () => {};
afterEach(() => stop());

/** What the log writes of `work`, without the time. */
function logged(work: () => void): string[] {
  const lines: string[] = [];
  stop = startDebugLog((line) => {
    expect(line).toMatch(TIME);
    lines.push(line.replace(TIME, ''));
  });
  work();
  stop();
  return lines;
}

describe('the debug log', () => {
  it('writes a line for each step, command, channel and state', () => {
    const lines = logged(() => {
      diagnostics.connect.publish({
        host: 'web1',
        hop: 'web1:22',
        phase: 'tcp',
        outcome: 'ok',
        ms: 1.25,
        detail: '::1',
      });
      diagnostics.connect.publish({ host: 'web1', hop: 'web1:22', phase: 'ready', outcome: 'ok', ms: 2, detail: '' });
      diagnostics.execute.publish({ type: 'start', id: 'web1', host: '10.0.0.1', command: 'uptime' });
      const end = { type: 'end', id: 'web1', host: '10.0.0.1', command: 'uptime' } as const;
      diagnostics.execute.publish({ ...end, outcome: 'exit', status: 0, durationMs: 3.14 });
      diagnostics.execute.publish({ ...end, outcome: 'lost', status: null, durationMs: 5 });
      diagnostics.channel.publish({ type: 'queued', host: 'web1', kind: 'exec', open: 10 });
      diagnostics.state.publish({ id: 'web1', host: 'web1', state: 'connected' });
      diagnostics.state.publish({ id: 'web1', host: 'web1', state: 'disconnected', reason: 'It was lost.' });
      const again = { state: 'reconnecting', attempt: 2, delay: 312.6, reason: 'It was refused.' } as const;
      diagnostics.state.publish({ id: 'web1', host: 'web1', ...again });
    });
    expect(lines).toEqual([
      'web1 tcp ok web1:22 1.3 ms · ::1\n',
      'web1 ready ok web1:22 2.0 ms\n',
      'web1 execute · uptime\n',
      'web1 execute exit 0 3.1 ms · uptime\n',
      'web1 execute lost - 5.0 ms · uptime\n',
      'web1 channel queued exec, 10 open\n',
      'web1 state connected\n',
      'web1 state disconnected · It was lost.\n',
      'web1 state reconnecting attempt 2 in 313 ms · It was refused.\n',
    ]);
  });

  it('cannot be made to write a line of its own by what a server says', () => {
    const detail = 'SSH-2.0-x\nhawser 00:00:00.000 web1 auth ok\r\x1b[2K\u2028forged\u202e';
    const lines = logged(() => {
      diagnostics.connect.publish({ host: 'web1', hop: 'web1:22', phase: 'banner', outcome: 'ok', ms: 0, detail });
      diagnostics.execute.publish({ type: 'start', id: 'a\nb', host: 'web1', command: 'echo 1\necho 2' });
    });
    expect(lines).toEqual([
      'web1 banner ok web1:22 0.0 ms · SSH-2.0-x\\nhawser 00:00:00.000 web1 auth ok\\x0d\\x1b[2K\\u2028forged\\u202e\n',
      'a\\nb execute · echo 1\\necho 2\n',
    ]);
  });

  it('is silent once it is stopped, and then nobody listens', () => {
    logged(() => {});
    for (const topic of Object.values(diagnostics)) expect(topic.active).toBe(false);
  });
});
