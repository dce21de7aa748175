import { randomUUID } from 'node:crypto';
import { CommandError } from '../../core/errors.js';
import { visible } from '../../core/visible.js';
import { nameFromBytes } from '../files/names.js';
import { prepareExecute } from '../process/execute.js';
import type { Site } from '../site.js';

/** What a script has said, by the names under which it said it. */
export type Said = ReadonlyMap<string, string>;

/**
 * Runs a script of ours in the machine's `sh` (POSIX.1-2017) and gives what it has said by `say NAME VALUE`. What else
 * comes, from start-up files above all, is passed over. Values may be any bytes (see `nameFromBytes`).
 *
 * Throws `CommandError` where there is no such shell, and as a command does.
 */
export async function askMachine(site: Site, script: string, signal: AbortSignal): Promise<Said> {
  const mark = randomUUID();
  const input = `say() { printf '%s=%s\\000' "$1" "$2"; }\nprintf '%s\\000' ${mark}\n${script}printf '%s\\000' ${mark}\n`;
  const result = await prepareExecute('exec sh -s', { input, signal, encoding: 'buffer' })(site);
  const stdout = Buffer.from(result.stdout);
  const begin = stdout.indexOf(`${mark}\0`);
  const end = stdout.lastIndexOf(`${mark}\0`);
  if (begin === end) {
    const words = visible(String(result.stderr).trim().split('\n').at(-1) ?? '').slice(0, 200);
    throw new CommandError(
      `Could not ask ${site.key} about itself: a script of POSIX sh gave no answer${words === '' ? '' : ` (${words})`}. ` +
        'Only machines with a POSIX shell can be asked.',
      result,
      { host: site.host, key: site.key },
    );
  }
  const said = new Map<string, string>();
  for (const piece of pieces(stdout.subarray(begin + mark.length + 1, end))) {
    const at = piece.indexOf('=');
    said.set(piece.toString('latin1', 0, at), nameFromBytes(piece.subarray(at + 1)));
  }
  return said;
}

/** The parts of a text that a NUL ends. */
function* pieces(bytes: Buffer): Generator<Buffer, void> {
  let from = 0;
  for (let to = bytes.indexOf(0); to !== -1; to = bytes.indexOf(0, from)) {
    yield bytes.subarray(from, to);
    from = to + 1;
  }
}
