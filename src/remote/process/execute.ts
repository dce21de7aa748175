import { Readable } from 'node:stream';
import { neverAborted } from '../../core/abort.js';
import { CallScope } from '../../core/deadline.js';
import { diagnostics } from '../../core/diagnostics.js';
import { AbortError, type AnyCommandResult, DisconnectedError } from '../../core/errors.js';
import { type Command, commandText } from '../../core/quote.js';
import type { Site } from '../site.js';
import { Collector } from './collector.js';
import { endCommand } from './end-command.js';
import { feed } from './feed.js';
import { checkMaxBuffer, type ExecuteOptions, planRun } from './options.js';
import { cutShort, type Ending, endedResult, endOrAbort, failedCheck, isCut, timedOut } from './outcome.js';
import { RunningCommand } from './running-command.js';

/**
 * Runs a command to its end and collects what it writes, to the last byte.
 *
 * Returns a result for every way in which a command can end by itself. Throws where it could not be run (`ChannelError`)
 * or was cut short (`TimeoutError`, `AbortError`, `DisconnectedError`: each with the partial output in `result`), and
 * with `check: true` for anything but status 0 (`CommandError`).
 */
export async function execute(site: Site, command: Command, o: ExecuteOptions): Promise<AnyCommandResult> {
  const text = commandText(command);
  const plan = planRun(o);
  const limit = checkMaxBuffer(o.maxBuffer);
  const begun = performance.now();
  const ending: Ending = {
    command: text,
    stdout: new Collector(limit),
    stderr: new Collector(limit),
    encoding: o.encoding ?? 'utf8',
    begun,
  };
  const mayBeEnded =
    plan.signal !== undefined ||
    plan.timeout !== undefined ||
    o.input instanceof Readable ||
    o.onStdout !== undefined ||
    o.onStderr !== undefined;
  using scope = mayBeEnded
    ? new CallScope(plan.signal, plan.timeout, () => timedOut(site, text, plan.timeout ?? 0))
    : undefined;
  diagnostics.execute.publish({ type: 'start', id: site.key, host: site.host, command: text });
  let running: RunningCommand | undefined;
  try {
    running = await RunningCommand.start(site, text, plan, { signal: scope?.signal ?? neverAborted, mayBeEnded });
    const stop = (error: unknown): void => scope?.abort(callerFault(site, error));
    running.listen(
      tap((chunk) => ending.stdout.add(chunk), o.onStdout?.bind(o), stop),
      tap((chunk) => ending.stderr.add(chunk), o.onStderr?.bind(o), stop),
    );
    feed(running, o.input, plan.pty !== undefined, stop);
    const status = await (scope === undefined ? running.ended() : endOrAbort(running.ended(), scope.signal));
    const result = endedResult(site, ending, status);
    publishEnd(site, result);
    if (o.check === true && !result.ok) throw failedCheck(site, result);
    return result;
  } catch (error) {
    if (!isCut(error)) throw error;
    const killed =
      running === undefined || error instanceof DisconnectedError ? undefined : await endCommand(site, running, plan);
    const cut = cutShort(site, ending, error, killed);
    if ('result' in cut && cut.result) publishEnd(site, cut.result as AnyCommandResult);
    throw cut;
  }
}

/** A sink for chunks that also tells the caller's own function; what that throws ends the command. */
function tap(
  keep: (chunk: Buffer) => void,
  tell: ((chunk: Buffer) => void) | undefined,
  stop: (error: unknown) => void,
): (chunk: Buffer) => void {
  if (tell === undefined) return keep;
  return (chunk) => {
    keep(chunk);
    try {
      tell(chunk);
    } catch (error) {
      stop(error);
    }
  };
}

function callerFault(site: Site, cause: unknown): AbortError {
  const said = cause instanceof Error ? cause.message : String(cause);
  return new AbortError(`The command on ${site.key} was ended, as the caller's own part of it failed: ${said}`, {
    host: site.host,
    key: site.key,
    cause,
  });
}

function publishEnd(site: Site, { command, outcome, status, durationMs }: AnyCommandResult): void {
  diagnostics.execute.publish({ type: 'end', id: site.key, host: site.host, command, outcome, status, durationMs });
}
