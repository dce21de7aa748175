import { describe, expect, it } from 'vitest';
import { FoldView } from '../../../src/cli/run/fold-view.js';
import { JsonView } from '../../../src/cli/run/json-view.js';
import { progressLine } from '../../../src/cli/run/progress.js';
import { StreamView } from '../../../src/cli/run/stream-view.js';
import { summaryLine, Tally } from '../../../src/cli/run/summary.js';
import { TableView } from '../../../src/cli/run/table-view.js';
import { makePaint, wantsColor } from '../../../src/cli/terminal/paint.js';
import { AuthError, ConnectError, HostKeyError, TimeoutError } from '../../../src/core/errors.js';
import type { FleetEvent, StreamedResult } from '../../../src/fleet/fleet-event.js';
import { result, screens, viewOptions } from './results.js';

const plain = makePaint(false);

function wrote(key: string, data: string, type: 'stdout' | 'stderr' = 'stdout'): FleetEvent<Buffer> {
  return { v: 1, type, key, host: key, at: 0, data: Buffer.from(data) };
}

function ended(result: StreamedResult): FleetEvent<Buffer> {
  return {
    v: 1,
    type: result.error === undefined ? 'exit' : 'error',
    key: result.key,
    host: result.host,
    at: 0,
    result,
  };
}

const unknownKey = new HostKeyError(
  'Unknown host key of db1.',
  { reason: 'unknown', keyType: 'ssh-ed25519', fingerprint: 'SHA256:6u' },
  { host: 'db1' },
);

describe('the stream of a run', () => {
  it('tags each line with its host, aligned, with stderr apart and never torn between hosts', async () => {
    const { output, text } = screens();
    const view = new StreamView(viewOptions(output, ['web01', 'db1']));
    view.event(wrote('web01', 'one\ntw'));
    view.event(wrote('db1', 'x\n'));
    view.event(wrote('web01', 'careful\n', 'stderr'));
    view.event(wrote('web01', 'o'));
    view.event(ended(result('web01', { status: 3 })));
    view.event(ended(result('db1')));
    view.end();
    await output.finish();
    expect(text('stdout')).toBe('web01 │ one\ndb1   │ x\nweb01 │ two\nweb01 ✗ exit 3\n');
    expect(text('stderr')).toBe('web01 ! careful\n');
  });

  it('says what to do about a host key that is not known', async () => {
    const { output, text } = screens();
    const view = new StreamView({ ...viewOptions(output, ['db1']), trustFlags: ['-p', '2222'] });
    view.event(ended(result('db1', { outcome: 'hostkey', status: null, error: unknownKey })));
    await output.finish();
    expect(text()).toBe('db1 ✗ unknown host key  ED25519 SHA256:6u  → check it, then: hawser trust -p 2222 db1\n');
  });

  it('makes control characters visible on a terminal, and lets bytes through a pipe as they are', async () => {
    const hostile = 'a\u001b[2Jb\r\n\u202e\n';
    const shown = async (stdout: boolean, raw = false): Promise<string> => {
      const { output, text } = screens({ stdout });
      new StreamView(viewOptions(output, ['w'], raw)).event(wrote('w', hostile));
      await output.finish();
      return text();
    };
    expect(await shown(true)).toBe('w │ a\\x1b[2Jb\nw │ \\u202e\n');
    expect(await shown(false)).toBe('w │ a\u001b[2Jb\r\nw │ \u202e\n');
    expect(await shown(true, true)).toBe('w │ a\u001b[2Jb\r\nw │ \u202e\n');
  });
});

describe('a folded run', () => {
  it('shows each distinct output once, the largest group first, and what never ran by why', async () => {
    const { output, text } = screens();
    const refused = (key: string): ConnectError =>
      new ConnectError('tcp', `Cannot connect to ${key} (${key}:22): it is down.`, { host: key, hop: `${key}:22` });
    new FoldView(viewOptions(output, [])).end([
      result('n1', { outcome: 'connect', status: null, error: refused('n1') }),
      result('n2', { stdout: 'old\n' }),
      result('n3', { stdout: 'new' }),
      result('n4', { stdout: 'new' }),
      result('n5', { outcome: 'connect', status: null, error: refused('n5') }),
      result('n6', { status: 2, stdout: 'new', stderr: 'no\nnever\n' }),
    ]);
    await output.finish();
    const lines = text()
      .split('\n')
      .map((line) => line.replace(/ ─+$/, ''));
    expect(lines).toEqual([
      '── n[3-4] · 2 hosts · exit 0',
      'new',
      '── n2 · 1 host · exit 0',
      'old',
      '── n6 · 1 host · exit 2',
      'new',
      '! no',
      '! never',
      '── n[1,5] · 2 hosts · unreachable',
      'it is down.',
      '',
    ]);
  });

  it('names each host where the reasons differ', async () => {
    const { output, text } = screens();
    new FoldView(viewOptions(output, [])).end([
      result('db1', { outcome: 'hostkey', status: null, error: unknownKey }),
      result('db2', {
        outcome: 'hostkey',
        status: null,
        error: new HostKeyError(
          '?',
          { reason: 'revoked', keyType: 'ssh-ed25519', fingerprint: 'SHA256:7v', file: '/k', line: 3 },
          { host: 'db2' },
        ),
      }),
    ]);
    await output.finish();
    expect(text()).toContain('db1  unknown host key  ED25519 SHA256:6u  → check it, then: hawser trust db1\n');
    expect(text()).toContain('db2  revoked host key  ED25519 SHA256:7v (/k:3)  → do not connect to this machine\n');
  });
});

describe('a table', () => {
  it('has one line a host, aligned', async () => {
    const { output, text } = screens();
    new TableView(viewOptions(output, ['web01', 'd'])).end([
      result('web01', { stdout: '\nfirst\nsecond\n', durationMs: 12_345 }),
      result('d', { outcome: 'skipped', status: null }),
    ]);
    await output.finish();
    expect(text()).toBe(
      'HOST   STATUS         TIME  OUTPUT\nweb01  ok           12.3 s  first (+1 more)\nd      not started       –  not started\n',
    );
  });
});

describe('JSON', () => {
  it('is one versioned document, whose text cannot reach the terminal', async () => {
    const { output, text } = screens({ stdout: true });
    const tally = new Tally();
    const results = [
      result('a', { stdout: '\u009b2J' }),
      result('b', { outcome: 'auth', status: null, error: new AuthError('No.', []) }),
    ];
    for (const one of results) tally.add(one);
    new JsonView(viewOptions(output, []), 'true').end(results, tally.summary(3, 5, true));
    await output.finish();
    expect(text()).not.toContain('\u009b');
    expect(JSON.parse(text())).toMatchObject({
      version: 1,
      command: 'true',
      results: [
        { key: 'a', stdout: '\u009b2J', status: 0, outcome: 'exit' },
        { key: 'b', outcome: 'auth', error: { code: 'ERR_HAWSER_AUTH' } },
      ],
      summary: { total: 3, ok: 1, failed: 1, unfinished: 1, outcomes: { exit: 1, auth: 1 }, interrupted: true },
    });
  });
});

describe('the summary', () => {
  it('counts hosts by what came of them and names the slowest', () => {
    const tally = new Tally();
    const late = new TimeoutError('late', { phase: 'tcp', ms: 20_000 });
    tally.add(result('web01'));
    tally.add(result('web03', { durationMs: 1234 }));
    tally.add(result('web02', { status: 1 }));
    tally.add(result('db1', { outcome: 'hostkey', status: null }));
    tally.add(result('web04', { outcome: 'connect', status: null, error: late, durationMs: 20_000 }));
    tally.add(result('web05', { outcome: 'skipped', status: null }));
    expect(summaryLine(tally.summary(6, 20_100, false), plain)).toBe(
      '2 of 6 ok, 1 failed, 1 host key, 1 unreachable, 1 not started · 20.1 s · slowest web03 1.2 s',
    );
  });

  it('has a line while the run is under way that fits the terminal', () => {
    const state = {
      total: 100,
      done: 12,
      failed: 1,
      running: 20,
      elapsedMs: 3200,
      slowest: { key: 'web07', ms: 2900 },
    };
    expect(progressLine(state, 80)).toBe('12 of 100 done · 1 failed · 20 running · 3.2 s · slowest web07 2.9 s');
    const rolling = { number: 2, of: 4, left: 20, pauseMs: undefined };
    expect(progressLine({ ...state, rolling }, 80)).toMatch(/^\[2\/4\] 12 of 100 done · 1 failed · 20 running · /);
    const pausing = { ...rolling, left: 0, pauseMs: 28_000 };
    expect(progressLine({ ...state, rolling: pausing }, 80)).toContain('· 1 failed · next batch in 0:28 ·');
    expect(progressLine(state, 30)).toBe('12 of 100 done · 1 failed · …');
  });
});

describe('colour', () => {
  it('is there on a terminal, unless NO_COLOR or a flag says otherwise', () => {
    expect(wantsColor('auto', true, {})).toBe(true);
    expect(wantsColor('auto', false, {})).toBe(false);
    expect(wantsColor('auto', true, { NO_COLOR: '1' })).toBe(false);
    expect(wantsColor('auto', true, { TERM: 'dumb' })).toBe(false);
    expect(wantsColor('always', false, { NO_COLOR: '1' })).toBe(true);
    expect(wantsColor('never', true, {})).toBe(false);
  });
});
