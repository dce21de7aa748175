import type { ConnectStep } from '../../core/diagnostics.js';
import { AuthError, ConnectError, HostKeyError, TimeoutError } from '../../core/errors.js';
import { quote } from '../../core/quote.js';
import { formatMilliseconds } from '../options/duration.js';
import { withoutSubject } from '../run/describe-failure.js';
import type { Paint } from '../terminal/paint.js';
import { withTilde } from '../terminal/paths.js';
import { oneLine, padded } from '../terminal/text.js';
import type { Finding } from './probe.js';

/** What is known of a host after it was checked. */
export interface CheckReport {
  readonly key: string;
  /** Of the column of names. */
  readonly width: number;
  readonly steps: readonly ConnectStep[];
  readonly findings: readonly Finding[];
  /** Why there is no connection. */
  readonly error: Error | undefined;
  /** Where ssh_config decided the way, in words. */
  readonly settings: readonly string[];
  readonly trustFlags: readonly string[];
  readonly paint: Paint;
}

/** A report in lines: one for each machine on the way, jump hosts first. */
export function reportLines(report: CheckReport): string[] {
  const { key, width, steps, findings, error, paint } = report;
  const hops = machinesOf(steps);
  const last = hops.length - 1;
  const name = paint.bold(padded(oneLine(key), width));
  if (hops.length === 0) return [`${name}  ${error === undefined ? '' : failure(report, error)}`];
  return hops.map((hop, index) => {
    const isLast = index === last;
    const own = steps.filter((step) => step.hop === hop);
    const parts = own.flatMap((step) => stepText(step, paint));
    if (isLast) {
      parts.push(...findings.map((finding) => findingText(finding, paint)));
      if (error !== undefined) parts.push(failure(report, error));
    }
    const way = !isLast ? `by way of ${oneLine(hop)}: ` : hop === steps.at(-1)?.hop ? '' : `${oneLine(hop)}: `;
    return `${name}  ${way}${parts.join(' · ')}`;
  });
}

/** The machines on the way, each once. A command line that was logged in to is no machine of its own. */
function machinesOf(steps: readonly ConnectStep[]): readonly string[] {
  const all = new Set(steps.map(({ hop }) => hop));
  const reached = new Set(steps.flatMap(({ hop, phase }) => (phase === 'session' ? [] : [hop])));
  return [...(reached.size === 0 ? all : reached)];
}

function stepText({ phase, outcome, ms, detail }: ConnectStep, paint: Paint): string[] {
  const words = withTilde(oneLine(detail));
  if (outcome === 'failed') {
    // Why it failed is told by the error, with what to do about it; only what was tried again has no other word.
    return phase === 'throttled' ? [paint.warn(`turned away, ${words}`)] : [];
  }
  switch (phase) {
    case 'resolve':
      return [`resolve ${paint.good('ok')} ${words}`];
    case 'tcp':
      return [`tcp ${paint.good('ok')} ${words.startsWith('through') ? words : formatMilliseconds(ms)}`];
    case 'hostkey':
      return [`host key ${words}`];
    case 'auth':
      return [`auth ${words}`];
    default:
      return [];
  }
}

function findingText({ ok, text, next }: Finding, paint: Paint): string {
  return ok ? text : paint.bad(next === undefined ? text : `${text} → ${next}`);
}

function failure({ key, settings, trustFlags, paint, steps }: CheckReport, error: Error): string {
  const message = oneLine(error.message);
  const words = withTilde(error instanceof ConnectError ? withoutSubject(message, key, error) : message);
  const decided = settings.length === 0 ? '' : ` (${withTilde(oneLine(settings.join('; ')))})`;
  if (error instanceof HostKeyError && error.reason === 'unknown') {
    const { host = key, fingerprint } = error;
    const trust = ['hawser', 'trust', ...(host === key ? trustFlags : []), host].map(quote).join(' ');
    return `${paint.bad(`host key ${fingerprint} unknown`)} → check it, then: ${oneLine(trust)}`;
  }
  if (error instanceof AuthError || error instanceof HostKeyError) return paint.bad(words);
  const phase = error instanceof ConnectError || error instanceof TimeoutError ? error.phase : undefined;
  const title = phase === undefined || steps.length === 0 ? '' : `${phase} `;
  return `${paint.bad(`${title}failed: ${words}`)}${decided}`;
}
