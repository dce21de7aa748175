import { expect, it } from 'vitest';
import type { LogPipe } from '../../../../src/transport/openssh/log-pipe.js';
import { SessionLog } from '../../../../src/transport/openssh/session-log.js';

/** A log that says what it is told to. */
function logOf(lines: readonly string[]): { log: SessionLog; say(): void } {
  const pipe: LogPipe = { path: '', onLine: () => {}, readAll: async () => {} };
  const log = new SessionLog(pipe);
  return { log, say: () => lines.forEach((line) => void pipe.onLine(line)) };
}

const OPENED = 'debug1: mux_client_request_session: master session id: 2';

it('a status that the master passed on is the far process’s own, be it 255', async () => {
  const { log, say } = logOf([OPENED, 'debug2: Received exit status from master 255']);
  say();
  await log.end();
  expect(await log.opened).toBe(true);
  expect(log.fate(255)).toEqual({ code: 255, complaints: [] });
});

it('255 is otherwise ssh’s own word for an end that nobody told it of', async () => {
  const { log, say } = logOf([OPENED, 'debug2: Control master terminated unexpectedly']);
  say();
  expect(log.isOver).toBe(true);
  expect(log.fate(255).code).toBeUndefined();
  expect(log.fate(null).code).toBeUndefined();
  expect(log.fate(0).code).toBe(0);
});

it('a session that was refused is not open, and says why', async () => {
  const complaint = 'mux_client_request_session: session request failed: Session open refused by peer';
  const { log, say } = logOf([complaint, 'debug1: Executing proxy command: exec false']);
  say();
  await log.end();
  expect(await log.opened).toBe(false);
  expect(log.fate(255)).toEqual({ code: undefined, complaints: [complaint] });
});
