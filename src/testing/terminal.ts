import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { quote } from '../core/quote.js';

/** The terminal that a client asked for (RFC 4254 §6.2). 0 columns or rows: it does not know. */
export interface TerminalRequest {
  readonly columns: number;
  readonly rows: number;
  readonly term: string;
}

/**
 * Whether commands can be given a terminal: it takes util-linux's script(1), since Node cannot make one without native
 * code. Where there is none, `pty-req` is refused.
 */
export function terminalsAvailable(): boolean {
  if (process.platform !== 'linux') return false;
  return (process.env['PATH'] ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, 'script'), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The command line that runs `command`, or an interactive shell, on a terminal of the size asked for. */
export function inTerminal(command: string | undefined, { columns, rows }: TerminalRequest): string {
  const size = columns > 0 && rows > 0 ? `stty rows ${rows} cols ${columns} 2>/dev/null; ` : '';
  const program = command === undefined ? 'exec sh' : `exec sh -c ${quote(command)}`;
  return `exec script -qefc ${quote(size + program)} /dev/null`;
}
