import type { Command } from 'commander';
import type { Act, Define } from '../define.js';
import { addTerminalOptions } from '../options/terminal-options.js';
import type { MachineFlags, MachineImportFlags, MachineTestFlags } from './machine-flags.js';

const EXAMPLES = `
A machine is a file NAME.yaml in ~/.config/hawser/machines, such as

  host: login.hpc.example
  scheduler: slurm
  workdir: ~/runs
  launcher: srun -n {nprocs}

or one of several in machines.yaml there, which may have a default.

Examples:
  hawser machine list
  hawser machine test hpc                see whether jobs can run there
  hawser machine import ~/.xespresso
`;

const LIST_EXAMPLES = `
The one with a * is meant where none is named.

Examples:
  hawser machine list
  hawser machine list --json
`;

const SHOW_EXAMPLES = `
Without a name: the default. Variables that look secret are not shown.

Examples:
  hawser machine show hpc
`;

const TEST_EXAMPLES = `
Looks at the way there, the host key, the login, what start-up files print, the
clock, the workdir (made where it is missing), files there and back, and the
scheduler. One that fails keeps no other from being looked at.

Examples:
  hawser machine test hpc
  hawser machine test --all --json
`;

const IMPORT_EXAMPLES = `
Takes over machines of xespresso: from a machines.json, the file of one machine,
or a directory that has them (default ~/.xespresso).

Examples:
  hawser machine import --dry-run
  hawser machine import ~/.xespresso/machines/cluster1.json --force
`;

/** Defines `hawser machine`. */
export const defineMachine: Define = (program, act) => {
  const machine = program
    .command('machine')
    .description('See, test and take over the machines that jobs run on')
    .helpCommand(false)
    .addHelpText('after', EXAMPLES);
  defineList(machine, act);
  defineShow(machine, act);
  defineTest(machine, act);
  defineImport(machine, act);
};

function defineList(machine: Command, act: Act): void {
  const command = machine
    .command('list')
    .alias('ls')
    .description('List the machines that there are')
    .addHelpText('after', LIST_EXAMPLES);
  addCommon(command);
  command.action(async (flags: MachineFlags) =>
    act(flags, async (context) => (await import('./list-machines.js')).listMachines(flags, context)),
  );
}

function defineShow(machine: Command, act: Act): void {
  const command = machine
    .command('show')
    .description('Show a machine as it is understood')
    .argument('[machine]', 'its name')
    .addHelpText('after', SHOW_EXAMPLES);
  addCommon(command);
  command.action(async (name: string | undefined, flags: MachineFlags) =>
    act(flags, async (context) => (await import('./show-machine.js')).showMachine(name, flags, context)),
  );
}

function defineTest(machine: Command, act: Act): void {
  const command = machine
    .command('test')
    .description('See whether jobs can run on machines')
    .argument('[machine...]', 'their names')
    .option('--all', 'all that there are')
    .option('--ask-pass', 'ask for the password, once for all of them')
    .addHelpText('after', TEST_EXAMPLES);
  addCommon(command);
  command.action(async (names: string[], flags: MachineTestFlags) =>
    act(flags, async (context) => (await import('./test-machines.js')).testMachines(names, flags, context)),
  );
}

function defineImport(machine: Command, act: Act): void {
  const command = machine
    .command('import')
    .description('Take over machines of another program')
    .argument('[path]', 'a file or a directory')
    .option('--dry-run', 'say what would be written, and write nothing')
    .option('--force', 'replace machines that are there')
    .addHelpText('after', IMPORT_EXAMPLES);
  addCommon(command);
  command.action(async (path: string | undefined, flags: MachineImportFlags) =>
    act(flags, async (context) => (await import('./take-over-machines.js')).takeOverMachines(path, flags, context)),
  );
}

function addCommon(command: Command): void {
  command
    .option('--directory <dir>', 'where machines are kept, in place of ~/.config/hawser/machines')
    .option('--json', 'as one JSON document');
  addTerminalOptions(command);
}
