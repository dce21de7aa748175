import { bytesFromName } from '../../files/names.js';
import { fitsHeader, tarEnd, tarHeader, tarPadding } from './tar-header.js';

/** The script that puts the files of a bundle in their places, in the bundle's own directory. */
export const MOVE_SCRIPT = 'move';

/** The directory of a bundle in which files lie as they will in the tree. */
const TREE = 'tree';

/** Names on one command line, in bytes: POSIX grants it no more than 4 KiB, and every system of today 100 KiB. */
const LINE = 64 * 1024;

/** With fewer directories than this, renaming costs less than linking and removing. */
const WORTH_LINKING = 3;

/** The files of one directory, by their names in the bundle. */
interface Directory {
  /** From the bundle's own directory, which lies in the root of the tree; with a slash at its end. */
  readonly target: Buffer;
  /** A name for it where a header has no room for its own. */
  readonly number: number;
  readonly inTree: Buffer[];
  readonly apart: Buffer[];
}

/**
 * Where the files of a bundle lie before they take their places: as they will in the tree where a header has room for
 * that, those of each other directory in one with a short name.
 */
export class BundleLayout {
  readonly #directories = new Map<string, Directory>();

  /** Takes a file in: the name that it has in the bundle. `path` is relative to the root of the tree. */
  add(path: string): Buffer {
    const slash = path.lastIndexOf('/') + 1;
    const directory = this.#directory(path.slice(0, slash));
    const name = bytesFromName(`${TREE}/${path}`);
    if (fitsHeader(name)) {
      directory.inTree.push(name);
      return name;
    }
    const short = bytesFromName(`${directory.number}/${path.slice(slash)}`);
    directory.apart.push(short);
    return short;
  }

  /**
   * The script as the last file of the archive, and the archive's end.
   *
   * All that lies as in the tree is linked to where it belongs by one process, a file at a time: whole or not at all, on
   * the same file system as a rule. Where some of it cannot be (a `cp` without `-l`, which POSIX does not have; a file
   * system without links; a link where a directory was), a process for each directory renames what is there.
   */
  end(): Buffer {
    const directories = [...this.#directories.values()];
    const linked = directories.filter(({ inTree }) => inTree.length > 0).length >= WORTH_LINKING;
    const lines = [
      'set -e',
      // Nobody reads of each file that another way had to be taken.
      'exec 2>/dev/null',
      ...directories.flatMap(({ target, apart }) => moveLines(apart, target)),
      ...(linked ? [`cp -Rlf -- ${TREE}/. .. && exit 0`, 'set +e'] : []),
      ...directories.flatMap(({ target, inTree }) => moveLines(inTree, target)),
      // Some a mv refuses to rename, as they were linked before: what is nowhere else yet has failed.
      ...(linked ? [`left=$(find ${TREE} -type f ! -links +1) && [ -z "$left" ]`] : []),
      '',
    ];
    const script = Buffer.from(lines.join('\n'), 'latin1');
    return Buffer.concat([
      tarHeader(Buffer.from(MOVE_SCRIPT), script.length, 0o600),
      script,
      tarPadding(script.length),
      tarEnd(),
    ]);
  }

  #directory(path: string): Directory {
    let directory = this.#directories.get(path);
    if (directory === undefined) {
      const target = bytesFromName(`../${path}`);
      directory = { target, number: this.#directories.size, inTree: [], apart: [] };
      this.#directories.set(path, directory);
    }
    return directory;
  }
}

/** Commands that rename files into a directory, as latin1 text: names are bytes. */
function moveLines(names: readonly Buffer[], directory: Buffer): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const name of names) {
    const word = ` ${quoted(name)}`;
    if (line.length + word.length > LINE) {
      lines.push(line);
      line = '';
    }
    line += word;
  }
  if (line !== '') lines.push(line);
  return lines.map((words) => `mv -f --${words} ${quoted(directory)}`);
}

/** A word for a POSIX shell, whatever its bytes. */
function quoted(word: Buffer): string {
  return `'${word.toString('latin1').replaceAll("'", "'\\''")}'`;
}
