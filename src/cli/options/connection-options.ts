import type { Command } from 'commander';
import { parseDuration } from './duration.js';
import { gather, read, wholeNumber } from './option-parsers.js';

/** The flags that say how to get into a host. */
export interface ConnectionFlags {
  readonly user?: string;
  readonly port?: number;
  readonly identity?: readonly string[];
  readonly jump?: string;
  readonly sshConfig?: string;
  readonly knownHosts?: readonly string[];
  readonly acceptNew?: true;
  readonly askPass?: true;
  readonly connectTimeout?: number;
}

/** Adds the flags that say how to get into a host; those of ssh(1) mean what they mean there. */
export function addConnectionOptions(command: Command): Command {
  addReachOptions(command)
    .option('-i, --identity <file>', 'a private key (repeatable)', gather)
    .option('--accept-new', 'record the keys of hosts that have none yet')
    .option('--ask-pass', 'ask for the password, once for all hosts');
  return command;
}

/** The flags that say where a host is and who it is; enough to fetch its key. */
export function addReachOptions(command: Command): Command {
  return command
    .optionsGroup('Connecting:')
    .option('-l, --user <name>', 'the user to log in as')
    .option('-p, --port <number>', 'the port', wholeNumber(1, 65_535))
    .option('-J, --jump <hosts>', 'jump hosts, the nearest first: a,b')
    .option('-F, --ssh-config <file>', 'in place of ~/.ssh/config; none: without one')
    .option('--known-hosts <file>', 'in place of ~/.ssh/known_hosts (repeatable)', gather)
    .option('--connect-timeout <time>', 'for a whole connect: 10, 500ms, 2m', read(parseDuration));
}
