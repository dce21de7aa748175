import { diagnostics } from './diagnostics.js';
import { visible } from './visible.js';

/**
 * Writes what the diagnostics channels say, a line each, to `write`: how a connect went phase by phase, and each
 * command's start and end. Returns the way to stop.
 */
export function startDebugLog(write: (line: string) => void): () => void {
  const say = (host: string, text: string): void => {
    const line = `hawser ${new Date().toISOString().slice(11, 23)} ${host} ${text}`;
    write(`${visible(line).replaceAll('\n', '\\n')}\n`);
  };
  const stops = [
    diagnostics.connect.subscribe(({ host, hop, phase, outcome, ms, detail }) =>
      say(host, `${phase} ${outcome} ${hop} ${ms.toFixed(1)} ms${detail === '' ? '' : ` · ${detail}`}`),
    ),
    // By its key, as the other topics call it: many ports of one host may be in the same fleet.
    diagnostics.execute.subscribe(({ type, id, command, outcome, status, durationMs }) =>
      say(
        id,
        type === 'start'
          ? `execute · ${command}`
          : `execute ${outcome} ${status ?? '-'} ${durationMs?.toFixed(1)} ms · ${command}`,
      ),
    ),
    diagnostics.channel.subscribe(({ host, type, kind, open }) => say(host, `channel ${type} ${kind}, ${open} open`)),
    diagnostics.state.subscribe(({ host, state, attempt, delay, reason }) => {
      const again = attempt === undefined ? '' : ` attempt ${attempt} in ${delay?.toFixed(0)} ms`;
      say(host, `state ${state}${again}${reason === undefined ? '' : ` · ${reason}`}`);
    }),
    diagnostics.session.subscribe(({ type, session, reason }) => {
      const { id, key, username, host, port } = session;
      const where = `${username === undefined ? '' : `${username}@`}${host}${port === undefined ? '' : `:${port}`}`;
      say(key, `session ${id} ${type} ${where}${reason === undefined ? '' : ` · ${reason}`}`);
    }),
    diagnostics.job.subscribe(({ machine, step, key, id, attempt, jobs, detail }) => {
      const what = [
        key === undefined ? undefined : JSON.stringify(key),
        id === undefined ? undefined : `id ${id}`,
        attempt === undefined || attempt === 1 ? undefined : `attempt ${attempt}`,
        jobs === undefined ? undefined : `${jobs} jobs`,
        detail === undefined ? undefined : `· ${detail}`,
      ];
      say(machine, ['job', step, ...what.filter((part) => part !== undefined)].join(' '));
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/** Whether the log is asked for: the variable `HAWSER_DEBUG` is set to anything but `0` or nothing. */
export function isDebugLogAsked(): boolean {
  const asked = process.env['HAWSER_DEBUG'];
  return asked !== undefined && asked !== '' && asked !== '0';
}

/**
 * Starts the log on stderr, for the life of the process, where it is asked for. The module of `Connection` calls it once
 * as it is loaded.
 */
export function startDebugLogIfAsked(): void {
  if (isDebugLogAsked()) startDebugLog((line) => void process.stderr.write(line));
}
