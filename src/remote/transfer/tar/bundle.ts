import { bytesFromName } from '../../files/names.js';
import { inside, lastName, parentOf } from '../work.js';
import { tarEnd, tarHeader, tarPadding } from './tar-header.js';

/** The script that puts the files of a bundle in their places, in the bundle's own directory. */
export const MOVE_SCRIPT = 'move';

/** Names on one command line, in bytes: POSIX grants it no more than 4 KiB, and every system of today 100 KiB. */
const LINE = 64 * 1024;

/** The files of one directory. */
interface Move {
  /** From the bundle's own directory, which lies in the root of the tree. */
  readonly directory: Buffer;
  readonly names: Buffer[];
}

/** Where the files of a bundle lie before they take their places: those of each directory in one of their own. */
export class BundleLayout {
  readonly #moves = new Map<string, Move>();
  readonly #numbers = new Map<string, number>();

  /** The name that a file has in the bundle. `path` is relative to the root of the tree. */
  nameFor(path: string): Buffer {
    const directory = parentOf(bytesFromName(path)).toString('latin1');
    const number = this.#numbers.get(directory) ?? this.#numbers.size;
    this.#numbers.set(directory, number);
    return inside(Buffer.from(`${number}`), lastName(bytesFromName(path)));
  }

  /** A file is in the bundle, under its name. */
  holds(path: string): void {
    const directory = parentOf(bytesFromName(path));
    const key = directory.toString('latin1');
    const move = this.#moves.get(key) ?? { directory: inside(Buffer.from('..'), directory), names: [] };
    this.#moves.set(key, move);
    move.names.push(this.nameFor(path));
  }

  /**
   * The script as the last file of the archive, and the archive's end. Each file is renamed into its directory, which
   * lies on the same file system as a rule: whole or not at all.
   */
  end(): Buffer {
    const lines: Buffer[] = [Buffer.from('set -e\n')];
    for (const { directory, names } of this.#moves.values()) {
      for (const some of portions(names)) {
        lines.push(Buffer.from('mv -f --'));
        for (const name of some) lines.push(Buffer.from(' '), quoteBytes(name));
        lines.push(Buffer.from(' '), quoteBytes(inside(directory, Buffer.alloc(0))), Buffer.from('\n'));
      }
    }
    const script = Buffer.concat(lines);
    return Buffer.concat([
      tarHeader(Buffer.from(MOVE_SCRIPT), script.length, 0o600),
      script,
      tarPadding(script.length),
      tarEnd(),
    ]);
  }
}

/** A word for a POSIX shell, whatever its bytes. */
export function quoteBytes(word: Buffer): Buffer {
  return Buffer.from(`'${word.toString('latin1').replaceAll("'", "'\\''")}'`, 'latin1');
}

function* portions(names: readonly Buffer[]): Generator<readonly Buffer[], void, void> {
  let portion: Buffer[] = [];
  let length = 0;
  for (const name of names) {
    if (length + name.length > LINE) {
      yield portion;
      portion = [];
      length = 0;
    }
    portion.push(name);
    length += name.length + 3;
  }
  if (portion.length > 0) yield portion;
}
