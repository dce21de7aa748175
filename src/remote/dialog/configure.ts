import type { CommandResult } from '../../core/command-result.js';
import { type AnyCommandResult, CommandError, DialogError } from '../../core/errors.js';
import { OptionError } from '../../core/hawser-error.js';
import type { Site } from '../site.js';
import type { CommandLine } from './command-line.js';
import { type ConfigureOptions, planCli } from './options.js';
import { runCollected, typeCommand } from './run-command.js';

/**
 * Checks lines of configuration, and gives the work that types them in the platform's mode for it and comes back to the mode
 * before, also after a failure. Throws `OptionError` for what cannot be meant.
 *
 * The first line that is refused ends it with a `CommandError`, which names the line; with `check: false` all are typed.
 */
export function prepareConfigure(
  lines: string | readonly string[],
  o: ConfigureOptions,
): (line: CommandLine, site: Site) => Promise<CommandResult> {
  const typed = checkLines(lines);
  const plan = planCli(o, true);
  return async (line, site) => {
    const { configuration, name } = line.platform;
    if (configuration === undefined) {
      throw new DialogError(
        'mode',
        `The platform ${name} has no mode for configuration: use \`execute\` on ${site.key}.`,
        {
          host: site.host,
          key: site.key,
        },
      );
    }
    let refusal: string | undefined;
    let home: string | undefined;
    try {
      const result = await runCollected(line, site, typed.join('\n'), plan, async (_, how) => {
        home = await line.goTo(configuration, how.signal);
        for (const one of typed) {
          const said = await typeCommand(line, one, plan, how);
          if (said.refusal !== undefined) refusal ??= `${one}: ${said.refusal}`;
          if (refusal !== undefined && plan.check) break;
        }
        await line.goTo(home, how.signal);
        return { status: undefined, refusal };
      });
      if (isText(result)) return result;
      throw new OptionError('Expected no `encoding` option: what a device says to its configuration is text.');
    } catch (error) {
      if (home !== undefined && !(error instanceof CommandError)) await line.comeBack(home);
      throw error;
    }
  };
}

function isText(result: AnyCommandResult): result is CommandResult {
  return typeof result.stdout === 'string';
}

function checkLines(lines: string | readonly string[]): readonly string[] {
  const all = typeof lines === 'string' ? lines.split('\n') : lines;
  if (!Array.isArray(all) || !all.every((one) => typeof one === 'string')) {
    throw new OptionError('Expected the lines of a configuration to be a string or a list of strings.');
  }
  const typed = all.map((one) => one.trimEnd()).filter((one) => one.trim() !== '');
  if (typed.length === 0) throw new OptionError('Expected at least one line of configuration, got none.');
  if (typed.some((one) => /[\u0000-\u001f\u007f]/.test(one))) {
    throw new OptionError('Expected each line of a configuration to be one line without control characters.');
  }
  return typed;
}
