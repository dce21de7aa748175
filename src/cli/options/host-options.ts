import type { Command } from 'commander';
import { gather } from './option-parsers.js';

/** The flags that choose hosts. */
export interface HostFlags {
  readonly hosts?: readonly string[];
  readonly hostsFile?: readonly string[];
  readonly group?: readonly string[];
  readonly exclude?: readonly string[];
  readonly inventory?: string;
  /** A file of devices, in place of hosts. */
  readonly testbed?: string;
}

/** Adds the flags that choose hosts. `exclude` is the long name of `-x`, where `--exclude` is of something else. */
export function addHostOptions(command: Command, exclude: string = '--exclude'): Command {
  return command
    .optionsGroup('Hosts:')
    .option('-H, --hosts <expr>', 'hosts, such as web[01-50],db1 (repeatable)', gather)
    .option('-f, --hosts-file <file>', 'a file of them, one expression a line; -: stdin', gather)
    .option('-g, --group <name>', 'a group of the inventory (repeatable)', gather)
    .option(`-x, ${exclude} <expr>`, 'hosts to leave out (repeatable)', gather)
    .option('--inventory <file>', 'default: ~/.config/hawser/inventory.yaml');
}

/** Adds the flag that takes the devices of a testbed in place of hosts, to a command that has {@link addHostOptions}. */
export function addTestbedOption(command: Command): Command {
  return command.option('-T, --testbed <file>', 'its devices; -H and -x choose among them');
}
