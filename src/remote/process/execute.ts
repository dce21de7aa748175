import { neverAborted } from '../../core/abort.js';
import { CallScope } from '../../core/deadline.js';
import { AbortError, type AnyCommandResult } from '../../core/errors.js';
import { type Command, commandText } from '../../core/quote.js';
import type { Site } from '../site.js';
import { Collector } from './collector.js';
import { endCommand } from './end-command.js';
import { Input } from './input.js';
import { checkEncoding, checkMaxBuffer, type ExecuteOptions, planRun } from './options.js';
import {
  cutShort,
  type Ending,
  endedResult,
  failedCheck,
  isCut,
  publishEnd,
  publishStart,
  runsOn,
  timedOut,
} from './outcome.js';
import { RunningCommand, type Sink } from './running-command.js';

/**
 * Checks a command and its options, and gives the work that runs it to its end and collects what it writes, to the last
 * byte. Throws `OptionError` for what cannot be meant.
 *
 * The work returns a result for every way in which a command can end by itself. It throws where the command could not be
 * run (`ChannelError`) or was cut short (`TimeoutError`, `AbortError`, `DisconnectedError`, `ClosedError`: each with the
 * partial output in `result`), and with `check: true` for anything but status 0 (`CommandError`).
 */
export function prepareExecute(command: Command, o: ExecuteOptions): (site: Site) => Promise<AnyCommandResult> {
  const text = commandText(command);
  const plan = planRun(o);
  const limit = checkMaxBuffer(o.maxBuffer);
  const encoding = checkEncoding(o.encoding);
  const input = new Input(o.input);
  const mayBeEnded =
    plan.signal !== undefined ||
    plan.timeout !== undefined ||
    input.mayFail ||
    o.onStdout !== undefined ||
    o.onStderr !== undefined;

  return async (site) => {
    const ending: Ending = {
      command: text,
      stdout: new Collector(limit),
      stderr: new Collector(limit),
      encoding,
      begun: performance.now(),
    };
    const { timeout } = plan;
    const scope =
      timeout === undefined ? undefined : new CallScope(plan.signal, timeout, () => timedOut(site, text, timeout));
    const signal = scope?.signal ?? plan.signal ?? neverAborted;
    publishStart(site, text);
    let running: RunningCommand | undefined;
    let result: AnyCommandResult | undefined;
    try {
      running = await RunningCommand.start(site, text, plan, {
        signal,
        mayBeEnded: mayBeEnded || site.transport.endsOrphans === true,
      });
      const stop = (error: unknown): void => running?.giveUp(callerFault(site, error));
      running.listen(sink(ending.stdout, o.onStdout?.bind(o), stop), sink(ending.stderr, o.onStderr?.bind(o), stop));
      input.feed(running, plan.pty !== undefined, stop);
      const status = await running.ended(mayBeEnded ? signal : undefined);
      result = endedResult(site, ending, status);
    } catch (error) {
      if (!isCut(error)) throw error;
      const killed = running === undefined || runsOn(error) ? undefined : await endCommand(site, running, plan);
      const cut = cutShort(site, ending, error, killed);
      result = cut.result;
      throw cut.error;
    } finally {
      scope?.[Symbol.dispose]();
      publishEnd(site, ending, result);
    }
    if (o.check === true && !result.ok) throw failedCheck(site, result);
    return result;
  };
}

/** A sink that keeps chunks, and tells the caller's own function of them; what fails of that is told to `stop`. */
function sink(kept: Collector, tell: ExecuteOptions['onStdout'] | undefined, stop: (error: unknown) => void): Sink {
  if (tell === undefined) return (chunk) => kept.add(chunk);
  return (chunk) => {
    kept.add(chunk);
    try {
      const told: unknown = tell(chunk);
      return told instanceof Promise ? told.catch(stop) : undefined;
    } catch (error) {
      stop(error);
      return undefined;
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
