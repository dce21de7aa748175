import { formatSize } from '../../core/format-size.js';
import type { SessionInfo } from '../../core/session-info.js';
import { formatTarget } from '../../inventory/format-target.js';
import { formatMilliseconds } from '../options/duration.js';
import type { Output } from '../terminal/output.js';
import type { Paint } from '../terminal/paint.js';
import { columnsOf, oneLine, padded } from '../terminal/text.js';

const NONE = '–';
const TITLES = ['SESSION', 'AGE', 'IDLE', 'CHANNELS', 'REUSED', 'RTT', 'SENT/RECEIVED'] as const;

/** `root@web01:22`: what a session is called on the command line. */
export function sessionName({ host, port, username }: Pick<SessionInfo, 'host' | 'port' | 'username'>): string {
  return formatTarget({
    host,
    ...(port === undefined ? {} : { port }),
    ...(username === undefined ? {} : { username }),
  });
}

/** Shows sessions as a table; what is not as it should be stands behind the line. */
export function showSessions(sessions: readonly SessionInfo[], output: Output, paint: Paint, now: number): void {
  const rows = sessions.map((session) => cellsOf(session, now));
  const widths = TITLES.map((title, column) =>
    rows.reduce((most, cells) => Math.max(most, columnsOf(cells[column] ?? '')), title.length),
  );
  const line = (cells: readonly string[], remark: string): string => {
    const text = cells.map((cell, column) => padded(cell, widths[column] ?? 0)).join('  ');
    return remark === '' ? text.trimEnd() : `${text}  ${remark}`;
  };
  output.write(`${paint.dim(line(TITLES, ''))}\n`);
  for (const [index, session] of sessions.entries()) {
    output.write(`${line(rows[index] ?? [], remarkOn(session, paint))}\n`);
  }
}

function cellsOf(session: SessionInfo, now: number): readonly string[] {
  const { key, createdAt, idleSince, channels, active, reused, roundTripMs, bytesSent, bytesReceived } = session;
  const name = sessionName(session);
  const called = key === session.host || key === name || name.endsWith(`@${key}`) ? '' : ` (${key})`;
  return [
    oneLine(`${name}${called}`),
    formatAge(now - Date.parse(createdAt)),
    idleSince === undefined ? NONE : formatAge(now - Date.parse(idleSince)),
    String(channels ?? active),
    reused.toLocaleString('en-US'),
    roundTripMs === undefined ? NONE : formatMilliseconds(roundTripMs),
    bytesSent === undefined || bytesReceived === undefined
      ? NONE
      : `${formatSize(bytesSent)} / ${formatSize(bytesReceived)}`,
  ];
}

function remarkOn({ state, retired, via }: SessionInfo, paint: Paint): string {
  const remarks = [
    ...(state === 'connected' ? [] : [paint.warn(state)]),
    ...(retired === true ? [paint.warn('on its way out')] : []),
    ...(via.length === 0 ? [] : [paint.dim(`via ${oneLine(via.join(', '))}`)]),
  ];
  return remarks.join(', ');
}

/** A span of time at a glance: `4 s`, `2 min`, `2 h`, `6 d`. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}
