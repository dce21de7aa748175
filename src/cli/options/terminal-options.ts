import { type Command, Option } from 'commander';
import type { ColorChoice } from '../terminal/paint.js';

/** The flags that every command has. */
export interface TerminalFlags {
  readonly color: ColorChoice;
  readonly verbose?: true;
}

/** Adds the flags that every command has. */
export function addTerminalOptions(command: Command): Command {
  return command
    .optionsGroup('Output:')
    .addOption(
      new Option('--color <when>', 'auto (default), always, never')
        .choices(['auto', 'always', 'never'])
        .default('auto'),
    )
    .option('-v, --verbose', 'say on stderr what happens, phase by phase');
}
