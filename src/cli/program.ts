import { Command, type Help, type Option } from 'commander';
import { defineCheck } from './check/define-check.js';
import { defineCompletion } from './completion/define-completion.js';
import type { Act } from './define.js';
import { defineDemo } from './demo/define-demo.js';
import { defineGet } from './get/define-get.js';
import { defineHosts } from './hosts/define-hosts.js';
import { definePut } from './put/define-put.js';
import { defineRun } from './run/define-run.js';
import { defineRuns } from './runs/define-runs.js';
import { defineTail } from './tail/define-tail.js';
import { defineTrust } from './trust/define-trust.js';

const EXAMPLES = `
Examples:
  hawser run -H 'web[01-04]' -- uptime     run a command on four hosts
  hawser put -g web app.tar.gz /opt/       copy a file to a group of them
  hawser check web01                       see how it is reached, and what is in the way
  hawser demo                              try it on five hosts inside this process

Exit status: 0 all succeeded; 1 a host or a command failed; 2 misuse; 130 interrupted.
`;

/** All commands, their options and their help. */
export function makeProgram(act: Act): Command {
  const program = new Command('hawser')
    .description('Work on many machines over SSH.')
    .option('-V, --version', 'print the version')
    .enablePositionalOptions()
    .exitOverride()
    .configureHelp({ optionTerm, optionDescription, visibleOptions, subcommandTerm, showGlobalOptions: false })
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'hawser: ')) })
    .showHelpAfterError('Say "--help" after the command to see its options.')
    .helpCommand(false)
    .addHelpText('after', EXAMPLES);
  for (const define of [
    defineRun,
    defineRuns,
    definePut,
    defineGet,
    defineTail,
    defineHosts,
    defineCheck,
    defineTrust,
    defineDemo,
    defineCompletion,
  ]) {
    define(program, act);
  }
  return program;
}

/** Short names stand in a column of their own, so that the long ones are found. */
function optionTerm(option: Option): string {
  return option.short === undefined ? `    ${option.flags}` : option.flags;
}

/** `--help` is not worth a line of its own: who sees it has found it. */
function visibleOptions(this: Help, command: Command): Option[] {
  return command.options.filter((option) => !option.hidden);
}

/** The choices stand in the description where they help. */
function optionDescription(option: Option): string {
  return option.description;
}

function subcommandTerm(command: Command): string {
  return command.name();
}
