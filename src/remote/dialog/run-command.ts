import { raceAbort } from '../../core/abort.js';
import { type CommandResult, readsAsText } from '../../core/command-result.js';
import { CallScope } from '../../core/deadline.js';
import { diagnostics } from '../../core/diagnostics.js';
import { AbortError, type AnyCommandResult, CommandError, TimeoutError } from '../../core/errors.js';
import { OptionError } from '../../core/hawser-error.js';
import { type Command, commandText } from '../../core/quote.js';
import { visible } from '../../core/visible.js';
import { Collector } from '../process/collector.js';
import { cutShort, type Ending, isCut, publishEnd, runsOn, shortened } from '../process/outcome.js';
import type { Site } from '../site.js';
import type { CommandLine } from './command-line.js';
import { ErrorWatch } from './error-watch.js';
import { type CliExecuteOptions, type CliPlan, planCli } from './options.js';

/** What came of the text that was typed. */
interface Said {
  readonly status: number | undefined;
  /** The line that says that it was not carried out. */
  readonly refusal: string | undefined;
}

/** Work on a command line: types, gives its output to `output`, and tells what came of it. */
export type CliWork = (line: CommandLine, o: { signal: AbortSignal; output(text: string): void }) => Promise<Said>;

/**
 * Checks a command for a prompt, and gives the work that types it and collects what comes until the next prompt. Throws
 * `OptionError` for what cannot be meant.
 *
 * The work throws as that of `execute` does elsewhere: `CommandError` with `check: true`, and what cut the command short
 * (`TimeoutError`, `AbortError`, `DisconnectedError`, `ClosedError`) with the partial output in `result`; besides
 * `DialogError` for a question that was not answered well, and for a mode that was not reached.
 */
export function prepareCommand(
  command: Command,
  o: CliExecuteOptions,
): (line: CommandLine, site: Site) => Promise<AnyCommandResult> {
  const text = commandText(command);
  const plan = planCli(o, false);
  return (line, site) => {
    checkCommand(command, line);
    return runCollected(line, site, text, plan, async (_, { signal, output }) => {
      if (plan.mode !== undefined) await line.goTo(plan.mode, signal);
      return typeCommand(line, text, plan, { signal, output });
    });
  };
}

/** Types one command and tells what came of it. */
export async function typeCommand(
  line: CommandLine,
  command: string,
  plan: CliPlan,
  o: { readonly signal: AbortSignal; output(text: string): void },
): Promise<Said> {
  const errors = new ErrorWatch(plan.errors === undefined ? [] : [...plan.errors, ...(line.platform.errors ?? [])]);
  const prompt = await line.exchange(command, {
    signal: o.signal,
    statements: plan.statements,
    output: (text) => {
      errors.add(text);
      o.output(text);
    },
  });
  return { status: prompt?.status, refusal: errors.found };
}

/** Runs work on a command line, with its time limit, its diagnostics and its result; cut short, it finds the prompt again. */
export async function runCollected(
  line: CommandLine,
  site: Site,
  command: string,
  plan: CliPlan,
  work: CliWork,
): Promise<AnyCommandResult> {
  const stdout = new Collector(plan.maxBuffer);
  const ending: Ending = {
    command,
    stdout,
    stderr: new Collector(0),
    encoding: plan.encoding,
    begun: performance.now(),
  };
  const { key, host } = site;
  const timeout = plan.timeout;
  using scope = new CallScope(plan.signal, timeout, () => noPrompt(line, site, command, timeout ?? 0));
  diagnostics.execute.publish({ type: 'start', id: key, host, command });
  let result: AnyCommandResult | undefined;
  let fault: AbortError | undefined;
  const stop = (cause: unknown): void => {
    const said = cause instanceof Error ? cause.message : String(cause);
    fault = new AbortError(`The caller's own part of the command on ${key} failed: ${said}`, { host, key, cause });
    scope.abort(fault);
  };
  // A device cannot be made to wait for a listener that takes its time, but the result does.
  const telling: Promise<void>[] = [];
  const output = (text: string): void => {
    const chunk = Buffer.from(text);
    stdout.add(chunk);
    try {
      const told: unknown = plan.onStdout?.(chunk);
      if (told instanceof Promise) telling.push(told.then(() => {}, stop));
    } catch (cause) {
      stop(cause);
    }
  };
  try {
    const said = await work(line, { signal: scope.signal, output });
    await raceAbort(Promise.all(telling), scope.signal, { doing: `telling of the output of ${key}`, host });
    if (fault !== undefined) throw fault;
    result = endedResult(site, ending, said);
    if (plan.check && !result.ok) throw failed(site, result, said);
    return result;
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const found = await line.recover();
    if (!isCut(error)) throw error;
    const cut = cutShort(site, ending, error, runsOn(error) ? undefined : found ? 'confirmed' : 'unknown');
    result = cut.result;
    throw cut.error;
  } finally {
    publishEnd(site, ending, result);
  }
}

/** Keys that a command line acts upon at once are no part of a command, and an array is a shell's. */
function checkCommand(command: Command, { platform, channel }: CommandLine): void {
  if (platform.shell === true) return;
  if (typeof command !== 'string') {
    throw new OptionError(
      `Expected the command for ${channel.name} to be a string: only a shell has a way to quote words, and its platform is ${platform.name}.`,
    );
  }
  if (/[\u0000-\u001f\u007f]/.test(command)) {
    throw new OptionError(
      `Expected the command for ${channel.name} to be one line without control characters: run commands one by one, type configuration with \`configure\`.`,
    );
  }
}

function endedResult(site: Site, ending: Ending, { status, refusal }: Said): AnyCommandResult {
  const { command, stdout, encoding, begun } = ending;
  const common: Omit<CommandResult, 'stdout' | 'stderr'> = {
    key: site.key,
    host: site.host,
    command,
    status: status ?? null,
    signal: null,
    ok: refusal === undefined && (status ?? 0) === 0,
    outcome: 'exit',
    durationMs: performance.now() - begun,
    truncated: { stdout: stdout.truncated, stderr: false },
  };
  return readsAsText(
    encoding === 'buffer'
      ? { ...common, stdout: stdout.bytes(), stderr: Buffer.alloc(0) }
      : { ...common, stdout: stdout.text(encoding), stderr: '' },
  );
}

function failed(site: Site, result: AnyCommandResult, { refusal }: Said): CommandError {
  const { host, key } = site;
  const how =
    refusal === undefined
      ? `ended with status ${result.status}`
      : `was refused: ${visible(refusal.trim()).slice(0, 200)}`;
  return new CommandError(`${shortened(result.command)} on ${key} ${how}`, result, { host, key });
}

function noPrompt(line: CommandLine, site: Site, command: string, ms: number): TimeoutError {
  return new TimeoutError(
    `${shortened(command)} brought no prompt within ${ms} ms on ${site.key}; ${line.channel.lastWords}. ` +
      'Does it ask something? Answer with `statements`; or give it more time with `timeout`.',
    { phase: 'execute', ms, host: site.host, key: site.key },
  );
}
