import { Command, type Help, type Option } from 'commander';
import type { Act, Define } from './define.js';
import { print } from './terminal/print.js';

/** Each command's definition, in the order in which the help shows them. */
const COMMANDS: Readonly<Record<string, () => Promise<Define>>> = {
  run: async () => (await import('./run/define-run.js')).defineRun,
  runs: async () => (await import('./runs/define-runs.js')).defineRuns,
  put: async () => (await import('./put/define-put.js')).definePut,
  get: async () => (await import('./get/define-get.js')).defineGet,
  tail: async () => (await import('./tail/define-tail.js')).defineTail,
  forward: async () => (await import('./forward/define-forward.js')).defineForward,
  hosts: async () => (await import('./hosts/define-hosts.js')).defineHosts,
  check: async () => (await import('./check/define-check.js')).defineCheck,
  trust: async () => (await import('./trust/define-trust.js')).defineTrust,
  session: async () => (await import('./session/define-session.js')).defineSession,
  machine: async () => (await import('./machine/define-machine.js')).defineMachine,
  job: async () => (await import('./job/define-job.js')).defineJob,
  demo: async () => (await import('./demo/define-demo.js')).defineDemo,
  completion: async () => (await import('./completion/define-completion.js')).defineCompletion,
};

const EXAMPLES = `
Examples:
  hawser run -H 'web[01-04]' -- uptime     run a command on four hosts
  hawser put -g web app.tar.gz /opt/       copy a file to a group of them
  hawser check web01                       see how it is reached, and what is in the way
  hawser demo                              try it on five hosts inside this process

Exit status: 0 all succeeded; 1 a host or a command failed; 2 misuse; 130 interrupted.
`;

/**
 * The commands, their options and their help: of the one that `first` names alone, where it names one, since the others
 * would be loaded for nothing.
 */
export async function makeProgram(act: Act, first = ''): Promise<Command> {
  const one = Object.hasOwn(COMMANDS, first) ? COMMANDS[first] : undefined;
  const defines = await Promise.all((one === undefined ? Object.values(COMMANDS) : [one]).map((load) => load()));
  const program = new Command('hawser')
    .description('Work on many machines over SSH.')
    .option('-V, --version', 'print the version')
    .enablePositionalOptions()
    .exitOverride()
    .configureHelp({ optionTerm, optionDescription, visibleOptions, subcommandTerm, showGlobalOptions: false })
    .configureOutput({ writeOut: print, outputError: (text, write) => write(text.replace(/^error: /, 'hawser: ')) })
    .showHelpAfterError('Say "--help" after the command to see its options.')
    .helpCommand(false)
    .addHelpText('after', EXAMPLES);
  for (const define of defines) define(program, act);
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
