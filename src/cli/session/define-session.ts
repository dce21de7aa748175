import type { Command } from 'commander';
import type { Act, Define } from '../define.js';
import { addConnectionOptions } from '../options/connection-options.js';
import { parseDuration } from '../options/duration.js';
import { addHostOptions } from '../options/host-options.js';
import { read } from '../options/option-parsers.js';
import { addTerminalOptions, type TerminalFlags } from '../options/terminal-options.js';
import type { SessionCloseFlags, SessionListFlags, SessionStartFlags } from './session-flags.js';

const EXAMPLES = `
A broker in the background keeps them, for this user alone. What run, put, get
and tail do goes through those that are open (--session auto, always, never);
devices of a testbed (-T) are reached as its file says, through none.

Examples:
  hawser session start web01             log in once: passwords are asked for here
  hawser run -H web01 -- uptime          no handshake any more
  hawser session ls
`;

const START_EXAMPLES = `
Without hosts it starts the broker alone.

Examples:
  hawser session start login.hpc.example
  hawser session start -g web --accept-new --idle-timeout 8h
  hawser session start -l deploy --ask-pass 'web[01-04]'
`;

const LIST_EXAMPLES = `
REUSED: how often it was used again; RTT: how long the last sign of life took;
SENT/RECEIVED: over the network.

Examples:
  hawser session ls
  hawser session ls --json
`;

const CLOSE_EXAMPLES = `
A session is named as in the list, or by its host: all sessions to that.

Examples:
  hawser session close root@web01:22
  hawser session close 'web[01-04]'
  hawser session close --all
`;

const STOP_EXAMPLES = `
What still runs through it is cut off.

Examples:
  hawser session stop
`;

/** Defines `hawser session`. */
export const defineSession: Define = (program, act) => {
  const session = program
    .command('session')
    .description('Keep sessions open for later commands')
    .helpCommand(false)
    .addHelpText('after', EXAMPLES);
  defineStart(session, act);
  defineList(session, act);
  defineClose(session, act);
  defineStop(session, act);
};

function defineStart(session: Command, act: Act): void {
  const command = session
    .command('start')
    .description('Open sessions, and start the broker that keeps them')
    .argument('[host...]', 'hosts, or expressions such as web[01-04]')
    .addHelpText('after', START_EXAMPLES);
  addHostOptions(command);
  addConnectionOptions(command);
  command
    .optionsGroup('The broker:')
    .option('--idle-timeout <time>', 'unused for so long, a session ends (1h)', read(parseDuration));
  addTerminalOptions(command);
  command.action(async (expressions: string[], flags: SessionStartFlags) =>
    act(flags, async (context) => (await import('./start-sessions.js')).startSessions(expressions, flags, context)),
  );
}

function defineList(session: Command, act: Act): void {
  const command = session
    .command('ls')
    .description('List the sessions that are open')
    .option('--json', 'as one JSON document')
    .addHelpText('after', LIST_EXAMPLES);
  addTerminalOptions(command);
  command.action(async (flags: SessionListFlags) =>
    act(flags, async (context) => (await import('./list-sessions.js')).listSessions(flags, context)),
  );
}

function defineClose(session: Command, act: Act): void {
  const command = session
    .command('close')
    .description('Close sessions')
    .argument('[session...]', 'as in the list, or hosts such as web[01-04]')
    .option('--all', 'all of them')
    .addHelpText('after', CLOSE_EXAMPLES);
  addTerminalOptions(command);
  command.action(async (names: string[], flags: SessionCloseFlags) =>
    act(flags, async (context) => (await import('./close-sessions.js')).closeSessions(names, flags, context)),
  );
}

function defineStop(session: Command, act: Act): void {
  const command = session
    .command('stop')
    .description('Close all sessions, and end the broker')
    .addHelpText('after', STOP_EXAMPLES);
  addTerminalOptions(command);
  command.action(async (flags: TerminalFlags) =>
    act(flags, async (context) => (await import('./stop-broker.js')).stopBroker(context)),
  );
}
