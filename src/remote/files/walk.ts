import type { Abortable } from '../../core/abort.js';
import { Limiter } from '../../core/limiter.js';
import { AT_ONCE, allEntries, childPath, type Entry, isDirectory, isLink } from './entries.js';
import type { FileCall, FileCalls } from './file-calls.js';
import { bytesFromName, nameFromBytes, type PathLike } from './names.js';
import { fileCode, retell } from './retell.js';

/** Options of `walk`. */
export interface WalkOptions extends Abortable {
  /** Whether a directory comes before those in it. Default `true`; `false`: after all of them. */
  readonly topDown?: boolean | undefined;
  /** Whether links to directories are walked, each directory once on the way down to it. Default `false`. */
  readonly followSymlinks?: boolean | undefined;
  /** Is told of a directory that could not be listed, and the walk goes on. Default: the error is thrown. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** One directory of a walk. */
export interface WalkedDirectory {
  /** The top as it was given, and the names down to here. */
  readonly path: string;
  /**
   * The names of the directories in it, and of the links to directories, sorted. Where the walk is `topDown`, what is
   * taken out of the list is not walked, and the rest is walked in the order that it is left in.
   */
  readonly directories: string[];
  /** The names of everything else in it, sorted. */
  readonly files: string[];
}

/** A directory on the way, and the real paths of those above it where links are followed. */
interface Step {
  readonly path: Buffer;
  readonly above: readonly string[];
  /** Going down from the bottom: what was found, to be given after all below it. */
  readonly found?: WalkedDirectory;
}

/** Walks a tree as Python's `os.walk` does, without a call on the stack for each level. */
export async function* walk(
  calls: FileCalls,
  top: PathLike,
  o: WalkOptions,
): AsyncGenerator<WalkedDirectory, void, void> {
  const topDown = o.topDown ?? true;
  const first = await calls.look('scandir', o, (call) => call.at(top));
  const steps: Step[] = [{ path: first, above: [] }];
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    if (step.found !== undefined) {
      yield step.found;
      continue;
    }
    const { path, above } = step;
    const seen = await calls.look('scandir', o, (call) => look(call, path, above, o));
    if (seen === undefined) continue;
    const { found, links, way } = seen;
    if (topDown) yield found;
    else steps.push({ path, above, found });
    for (const name of found.directories.toReversed()) {
      if (o.followSymlinks || !links.has(name)) {
        steps.push({ path: childPath(path, bytesFromName(name)), above: way });
      }
    }
  }
}

interface Seen {
  readonly found: WalkedDirectory;
  /** Which of the directories are links. */
  readonly links: ReadonlySet<string>;
  readonly way: readonly string[];
}

/** `undefined` for a directory that is on the way to itself, or could not be listed. */
async function look(call: FileCall, path: Buffer, above: readonly string[], o: WalkOptions): Promise<Seen | undefined> {
  try {
    const way = o.followSymlinks ? [...above, (await call.files.realpath(path)).toString('latin1')] : above;
    const here = way.at(-1);
    if (here !== undefined && above.includes(here)) return undefined;
    const directories: string[] = [];
    const files: string[] = [];
    const links = new Set<string>();
    const entries = await allEntries(call, path);
    const linked = await linkedDirectories(call, path, entries.filter(isLink));
    for (const entry of entries) {
      const name = nameFromBytes(entry.name);
      const isDirectoryLink = linked.has(entry);
      if (isDirectoryLink) links.add(name);
      (isDirectory(entry) || isDirectoryLink ? directories : files).push(name);
    }
    return { found: { path: nameFromBytes(path), directories: directories.sort(), files: files.sort() }, links, way };
  } catch (error) {
    const told = retell(error, { syscall: 'scandir' });
    if (o.onError === undefined || fileCode(error) === undefined) throw told;
    o.onError(told);
    return undefined;
  }
}

/** Which links lead to directories; a link to nowhere does not. */
async function linkedDirectories(
  call: FileCall,
  directory: Buffer,
  links: readonly Entry[],
): Promise<ReadonlySet<Entry>> {
  const limiter = new Limiter(AT_ONCE);
  const leads = await Promise.all(
    links.map((link) =>
      limiter.run(async () => {
        try {
          return (await call.files.stat(childPath(directory, link.name))).isDirectory();
        } catch (error) {
          if (fileCode(error) === undefined) throw error;
          return false;
        }
      }),
    ),
  );
  return new Set(links.filter((_, i) => leads[i]));
}
