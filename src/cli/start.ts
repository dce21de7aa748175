import { CommanderError } from 'commander';
import { act } from './act.js';
import { makeProgram } from './program.js';

/** Reads the command line and does what it says. Sets the exit status of the process. */
export async function main(args: readonly string[]): Promise<void> {
  const program = await makeProgram(act, args[0]);
  try {
    await program.parseAsync(args.length === 0 ? ['--help'] : args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help that was asked for is a success; everything else that commander throws is misuse, which it has told.
    if (error.exitCode !== 0) process.exitCode = 2;
  }
}
