import type { Command } from 'commander';
import { gather } from '../options/option-parsers.js';

/** Adds the flags that say how the command itself is run. */
export function addCommandOptions(command: Command): void {
  command
    .optionsGroup('The command:')
    .option('--sudo [user]', 'run it by sudo, as root or --sudo=USER')
    .option('--ask-sudo-pass', 'ask for the password of sudo, once')
    .option('--stdin', 'hand our stdin to the command on each host')
    .option('--env <name=value>', 'set a variable (repeatable)', gather)
    .option('--cwd <directory>', 'run it there');
}
