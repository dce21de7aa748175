import type { Command } from 'commander';
import type { Context } from './context.js';
import type { TerminalFlags } from './options/terminal-options.js';

/** Runs a command's work; what it returns is the exit status. */
export type Act = (flags: TerminalFlags, work: (context: Context) => Promise<number>) => Promise<void>;

/** Adds one command to the program. What does the work is loaded when it is called, and not before. */
export type Define = (program: Command, act: Act) => void;
