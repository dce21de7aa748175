import { Command } from 'commander';
import { addConnectionOptions } from '../options/connection-options.js';
import { addPacingOptions } from '../options/pacing-options.js';
import { addSessionOption } from '../options/session-option.js';
import { addCommandOptions } from '../run/command-options.js';
import type { RunFlags } from '../run/run-flags.js';

/** Reads flags that were written down by `keepFlags`. Throws commander's error for words that are none. */
export function readFlags(words: readonly string[]): Partial<RunFlags> {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  addSessionOption(addConnectionOptions(command));
  addPacingOptions(command);
  addCommandOptions(command);
  command.option('--inventory <file>').option('--testbed <file>');
  command.parse(words, { from: 'user' });
  return command.opts<Partial<RunFlags>>();
}
