import { type Command, Option } from 'commander';
import { parseDuration } from '../options/duration.js';
import { read } from '../options/option-parsers.js';
import { addSessionOption } from '../options/session-option.js';
import { addTerminalOptions } from '../options/terminal-options.js';

/** Adds the flags that every command about jobs has. */
export function addJobOptions(command: Command): Command {
  command.optionsGroup('The machine:');
  addSessionOption(command).option('--ask-pass', 'ask for its password');
  return addTerminalOptions(command)
    .option('--json', 'as one JSON document')
    .addOption(new Option('--poll-floor <time>').argParser(read(parseDuration)).hideHelp());
}

/** Adds the flags of commands about jobs that are there already: also where they are. */
export function addKnownJobOptions(command: Command): Command {
  command
    .optionsGroup('The machine:')
    .option('-m, --machine <name>', 'where it is (default: where it was submitted from here)');
  return addJobOptions(command);
}
