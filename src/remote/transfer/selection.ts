import picomatch from 'picomatch';

/** Dot files are files, and a `!` is no negation, but in `[!a]`: `exclude` is there for that. */
const OPTIONS = { dot: true, nonegate: true, posix: true } as const;

type Matcher = (path: string) => boolean;

/** A glob of `include`: what it matches, and the directory below which it can match at all. */
interface Inclusion {
  readonly matches: Matcher;
  /** Without wildcards, relative to the root; `''` for the root. */
  readonly base: string;
}

/** What a transfer takes of a tree, by the paths relative to its root. */
export class Selection {
  readonly #include: readonly Inclusion[];
  readonly #exclude: readonly Matcher[];

  constructor(include: readonly string[], exclude: readonly string[]) {
    this.#include = include.map((glob) => {
      const plain = withoutSlash(glob);
      const { base, isGlob } = picomatch.scan(plain);
      return { matches: matcher(plain), base: isGlob ? base : plain };
    });
    this.#exclude = exclude.map((glob) => matcher(withoutSlash(glob)));
  }

  /** Whether everything is taken that is not excluded: then empty directories are made, too. */
  get all(): boolean {
    return this.#include.length === 0;
  }

  /** Whether a path is left out, with all below it. */
  excludes(path: string): boolean {
    return this.#exclude.some((matches) => matches(path));
  }

  /** Whether a path is asked for, or lies below one that is. */
  includes(path: string): boolean {
    if (this.all || this.#include.some(({ matches }) => matches(path))) return true;
    const slash = path.lastIndexOf('/');
    return slash > 0 && this.includes(path.slice(0, slash));
  }

  /** Whether a path is asked for, or what is asked for lies below it by name. */
  namesWithin(path: string): boolean {
    return this.includes(path) || this.#include.some(({ base }) => base === path || isBelow(base, path));
  }

  /** Whether a directory may have something in it that is asked for. */
  mayHold(path: string): boolean {
    if (this.includes(path)) return true;
    return this.#include.some(({ base }) => base === '' || isBelow(base, path) || isBelow(path, base) || base === path);
  }
}

function matcher(glob: string): Matcher {
  return picomatch(glob, OPTIONS);
}

/** Whether `path` lies below `directory`. */
function isBelow(path: string, directory: string): boolean {
  return path.startsWith(`${directory}/`);
}

function withoutSlash(glob: string): string {
  return glob.replace(/(?<=.)\/+$/, '').replace(/^(\.\/)+/, '');
}
