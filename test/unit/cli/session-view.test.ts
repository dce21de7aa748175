import { expect, it } from 'vitest';
import { formatAge, sessionName, showSessions } from '../../../src/cli/session/session-view.js';
import { makePaint } from '../../../src/cli/terminal/paint.js';
import type { SessionInfo } from '../../../src/core/session-info.js';
import { screens } from './results.js';

const NOW = Date.parse('2026-11-22T12:00:00Z');

function session(more: Partial<SessionInfo>): SessionInfo {
  return {
    id: 's1',
    key: 'web01',
    host: 'web01',
    port: 22,
    username: 'root',
    kind: 'ssh',
    via: [],
    state: 'connected',
    createdAt: '2026-11-22T10:00:00.000Z',
    active: 0,
    reused: 0,
    ...more,
  };
}

async function shown(...sessions: SessionInfo[]): Promise<string> {
  const { output, text } = screens();
  showSessions(sessions, output, makePaint(false), NOW);
  await output.finish();
  return text('stdout');
}

it('shows a session a line, in columns, and behind it what is worth knowing', async () => {
  const text = await shown(
    session({ channels: 1, active: 1, reused: 118, roundTripMs: 0.4, bytesSent: 1_258_291, bytesReceived: 92_274_688 }),
    session({
      key: 'hpc',
      host: 'login.hpc.example',
      username: 'me',
      createdAt: '2026-11-16T12:00:00.000Z',
      idleSince: '2026-11-22T11:58:00.000Z',
      reused: 2304,
      state: 'reconnecting',
      via: ['me@edge:22'],
    }),
  );
  expect(text.split('\n')).toEqual([
    'SESSION                        AGE  IDLE   CHANNELS  REUSED  RTT     SENT/RECEIVED',
    'root@web01:22                  2 h  –      1         118     0.4 ms  1.2 MiB / 88 MiB',
    'me@login.hpc.example:22 (hpc)  6 d  2 min  0         2,304   –       –                 reconnecting, via me@edge:22',
    '',
  ]);
});

it('shows names with what could move the cursor made visible', async () => {
  expect(await shown(session({ key: 'a\u001b[2Jb' }))).toContain('root@web01:22 (a\\x1b[2Jb)');
});

it('writes ages at a glance', () => {
  const minute = 60_000;
  expect([-5, 4000, 2 * minute, 119 * minute, 47 * 60 * minute, 6 * 24 * 60 * minute].map(formatAge)).toEqual([
    '0 s',
    '4 s',
    '2 min',
    '1 h',
    '47 h',
    '6 d',
  ]);
});

it('calls a session by its user, host and port', () => {
  expect(sessionName({ host: 'web01', username: 'root', port: 22 })).toBe('root@web01:22');
  expect(sessionName({ host: 'fe80::1', port: 2222 })).toBe('[fe80::1]:2222');
});
