import { OptionError } from '../../core/hawser-error.js';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/**
 * Reads a span of time as it is written on a command line, in milliseconds: `10` and `10s`, `500ms`, `2m`, `1.5h`. A
 * number alone is seconds, as in ssh(1).
 *
 * @throws OptionError for anything else, and for 0.
 */
export function parseDuration(text: string): number {
  const [, number = '', unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  const ms = Number(number) * (UNITS[unit] ?? 0);
  if (number !== '' && ms > 0) return ms;
  throw new OptionError(`Expected a span of time such as 10, 10s, 500ms or 2m, got ${JSON.stringify(text)}.`);
}

/** A span of time as people read it: `40 ms`, `0.4 s`, `20.1 s`, `2:05 min`, `1:01:01 h`. */
export function formatDuration(ms: number): string {
  if (ms < 95) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)}:${two(whole % 60)} min`;
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)} h`;
}

/** A short span of time, in milliseconds as far as that is short: `0.3 ms`, `8 ms`, `1.2 s`. */
export function formatMilliseconds(ms: number): string {
  if (ms >= 1000) return formatDuration(ms);
  return ms < 9.95 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}

/** A span of time that is still to come, in whole seconds: `0:07`, `12:05`, `1:01:01`. */
export function formatRemaining(ms: number): string {
  const whole = Math.ceil(ms / 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${two(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}
