import type { Abortable } from '../../core/abort.js';
import { CallScope, checkTimeout } from '../../core/deadline.js';
import { DialogError, TimeoutError } from '../../core/errors.js';
import type { Expected } from '../process/shell.js';
import type { CommandLine } from './command-line.js';
import { DEFAULT_TIMEOUT } from './options.js';
import { asPattern } from './statement.js';

/** Options of what waits on a command line. */
export interface LineWaitOptions extends Abortable {
  /** In milliseconds. Default 60,000; `Infinity`: none. */
  readonly timeout?: number | undefined;
}

/** The work that goes to the privileged mode. */
export function prepareEnable(o: LineWaitOptions): (line: CommandLine) => Promise<void> {
  const limit = limitOf(o);
  return async (line) => {
    const { privileged, name } = line.platform;
    if (privileged === undefined) {
      throw new DialogError('mode', `The platform ${name} of ${line.channel.name} has no privileged mode.`, {
        host: line.channel.name,
      });
    }
    using scope = waitScope(line, `the mode ${privileged}`, o, limit);
    try {
      await line.goTo(privileged, scope.signal);
    } catch (error) {
      await line.recover();
      throw error;
    }
  };
}

/** The work that takes what has come, or waits for something. */
export function prepareReceive(o: LineWaitOptions): (line: CommandLine) => Promise<string> {
  const limit = limitOf(o);
  return async (line) => {
    const { channel } = line;
    using scope = waitScope(line, 'output', o, limit);
    const look = (): number | undefined => channel.unread.length || undefined;
    return channel.read(await channel.until({ look, quiet: () => 0 }, scope.signal));
  };
}

/** The work that reads up to a pattern. */
export function prepareExpect(pattern: RegExp | string, o: LineWaitOptions): (line: CommandLine) => Promise<Expected> {
  const limit = limitOf(o);
  const search = asPattern(pattern);
  return async (line) => {
    const { channel } = line;
    using scope = waitScope(line, String(pattern), o, limit);
    const look = (): RegExpExecArray | undefined => search.exec(channel.unread) ?? undefined;
    const match = await channel.until({ look, quiet: () => 0 }, scope.signal);
    const before = channel.read(match.index + match[0].length).slice(0, match.index);
    return { match, before };
  };
}

function limitOf(o: LineWaitOptions): number | undefined {
  return o.timeout === undefined ? DEFAULT_TIMEOUT : checkTimeout('timeout', o.timeout);
}

function waitScope({ channel }: CommandLine, what: string, o: LineWaitOptions, limit: number | undefined): CallScope {
  const { name } = channel;
  return new CallScope(o.signal, limit, () => {
    const ms = limit ?? 0;
    return new TimeoutError(`Timed out after ${ms} ms of waiting for ${what} on ${name}; ${channel.lastWords}.`, {
      phase: 'expect',
      ms,
      host: name,
    });
  });
}
