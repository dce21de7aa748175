import { type Command, Option } from 'commander';
import { addConnectionOptions } from '../options/connection-options.js';
import { addHostOptions, addTestbedOption } from '../options/host-options.js';
import { gather } from '../options/option-parsers.js';
import { addPacingOptions } from '../options/pacing-options.js';
import { addSessionOption } from '../options/session-option.js';
import { addTerminalOptions } from '../options/terminal-options.js';
import { TRANSFER_OUTPUTS } from './transfer-flags.js';

/** Adds every flag of a command that transfers files; those of rsync(1) mean what they mean there. */
export function addTransferOptions(command: Command): void {
  addTestbedOption(addHostOptions(command, '--exclude-hosts'));
  addSessionOption(addConnectionOptions(command));
  addPacingOptions(command, 'few');
  command
    .optionsGroup('Files:')
    .option('--include <glob>', 'of a tree only these (repeatable)', gather)
    .option('--exclude <glob>', 'of a tree not these (repeatable)', gather)
    .addOption(
      new Option('--overwrite <when>', 'always (default), if-different, never, error').choices([
        'always',
        'if-different',
        'never',
        'error',
      ]),
    )
    .option('--delete', 'delete what the source has not: a mirror')
    .option('--preserve', 'keep modes and times')
    .option('--follow', 'copy what links lead to, not the links')
    .option('--resume', 'go on with what was interrupted')
    .addOption(new Option('--verify <how>', 'none (default), size, sha256').choices(['none', 'size', 'sha256']))
    .option('--remove-source', 'delete each file once its copy is in place')
    .option('--no-atomic', 'write in place, not beside it and rename')
    .option('-n, --dry-run', 'change nothing, say what would be done');
  command
    .optionsGroup('Output:')
    .addOption(
      new Option('--output <kind>', 'lines (default): failures; table, json, ndjson')
        .choices([...TRANSFER_OUTPUTS])
        .default('lines'),
    )
    .option('-q, --quiet', 'no progress, no summary');
  addTerminalOptions(command);
}
