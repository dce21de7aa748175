import { inspect } from 'node:util';
import { OptionError } from '../../core/hawser-error.js';
import { matchNames, patternSteps } from './name-match.js';
import { isPattern } from './name-pattern.js';
import { pathUri } from './path-uri.js';
import { type Flavour, type PathText, pathText, type Route, routeText } from './route.js';

/** Options of {@link PurePath.relativeTo}. */
export interface RelativeToOptions {
  /** Whether `..` may lead out of the other path. Default `false`. */
  readonly walkUp?: boolean;
}

/**
 * What can be told of a path by its text alone, with the meanings of Python's `pathlib.PurePath`. A path never changes:
 * each of these gives a new one. `.` and doubled slashes fall away; `..` stays, since what stands before it may be a link.
 *
 * One thing is more than in Python: a path that is made from a text with `~` or `~user` in front begins at a home
 * directory, for every call on files. A file that has such a name is written `./~`, and shows so.
 */
export abstract class PurePath<Self extends PurePath<Self>> {
  readonly #flavour: Flavour;
  readonly #route: Route;
  readonly #text: string;

  static {
    Object.defineProperty(PurePath.prototype, inspect.custom, {
      value(this: object): string {
        return `${this.constructor.name}(${JSON.stringify(String(this))})`;
      },
    });
  }

  /** Made by the path functions of a connection and of a fleet. */
  protected constructor(flavour: Flavour, route: Route) {
    this.#flavour = flavour;
    this.#route = route;
    this.#text = routeText(route, flavour);
  }

  /** A path of the same kind, on the same machine. */
  protected abstract make(route: Route): Self;

  /** The drive on Windows, such as `c:` or `\\server\share`; else `''`. */
  get drive(): string {
    return this.#route.drive;
  }

  /** The separator that the path begins with; `''` where it begins with none. */
  get root(): string {
    return this.#route.root;
  }

  /** Drive and root together. */
  get anchor(): string {
    return this.#route.drive + this.#route.root;
  }

  /** The anchor, where there is one, and every name after it. */
  get parts(): readonly string[] {
    const { names } = this.#route;
    return this.anchor === '' ? [...names] : [this.anchor, ...names];
  }

  /** The last name; `''` where there is none. */
  get name(): string {
    return this.#route.names.at(-1) ?? '';
  }

  /** What follows the last dot of the name, with the dot; `''` for `name`, `.name` and `name.`. */
  get suffix(): string {
    const { name } = this;
    return name.slice(suffixAt(name));
  }

  /** All suffixes of the name: `.tar` and `.gz` of `x.tar.gz`. */
  get suffixes(): readonly string[] {
    const { name } = this;
    if (name.endsWith('.')) return [];
    return name
      .replace(/^\.+/, '')
      .split('.')
      .slice(1)
      .map((suffix) => `.${suffix}`);
  }

  /** The name without its last suffix. */
  get stem(): string {
    const { name } = this;
    return name.slice(0, suffixAt(name));
  }

  /** The path without its last name; the path itself where there is none to take away. Not the same as `join('..')`. */
  get parent(): Self {
    const { names } = this.#route;
    return names.length === 0 ? this.make(this.#route) : this.#upTo(names.length - 1);
  }

  /** All paths above this one, the nearest first. */
  get parents(): readonly Self[] {
    const count = this.#route.names.length;
    return Array.from({ length: count }, (_, above) => this.#upTo(count - above - 1));
  }

  /** Whether it says by itself where it leads: on Windows that takes a drive as well as a root. */
  isAbsolute(): boolean {
    return this.#flavour.isAbsolute(this.#route);
  }

  /** Where the segments lead to from here, one after the other. An absolute one begins anew. */
  join(...segments: readonly PathText[]): Self {
    let route = this.#route;
    // A "~" that does not begin the first text of all is a name like any other.
    for (const segment of segments) route = this.#flavour.follow(route, { ...this.#parse(segment), home: false });
    return this.make(route);
  }

  /**
   * The way from another path to this one. Throws `OptionError` where there is none; with `walkUp` there is one between
   * any two absolute paths of one drive, and between relative ones.
   */
  relativeTo(other: PathText, { walkUp = false }: RelativeToOptions = {}): Self {
    const base = this.#parse(other);
    const { names } = this.#route;
    const shared = this.#sharesStart(base) ? this.#sharedNames(base.names) : -1;
    const up = base.names.slice(Math.max(shared, 0));
    if (shared === -1 || (up.length > 0 && !walkUp) || up.includes('..')) {
      const advice = walkUp || shared === -1 ? '' : ' (`walkUp: true` allows ".." in the result)';
      throw new OptionError(
        `Expected a path under ${show(other)}, got ${show(this)}: no way leads from there to here by the text alone${advice}.`,
      );
    }
    const way = [...up.map(() => '..'), ...names.slice(shared)];
    return this.make({ drive: '', root: '', names: way, home: this.#route.home && base.names.length === 0 });
  }

  /** Whether {@link relativeTo} would succeed without `walkUp`. */
  isRelativeTo(other: PathText): boolean {
    const base = this.#parse(other);
    return this.#sharesStart(base) && this.#sharedNames(base.names) === base.names.length;
  }

  /** The same path with another last name. Throws `OptionError` where it has no name, or for what is none. */
  withName(name: string): Self {
    this.#needName('name');
    const { names, drive, root } = this.#parse(name);
    if (names.length !== 1 || names[0] !== name || drive !== '' || root !== '') {
      throw new OptionError(`Expected the name of a file, got ${show(name)}.`);
    }
    const route = this.#route;
    const all = [...route.names.slice(0, -1), name];
    return this.make({ ...route, names: all, home: route.home && all.length > 1 });
  }

  /** The same path with another name before its suffix. Throws as {@link withName} does. */
  withStem(stem: string): Self {
    this.#needName('stem');
    return this.withName(`${stem}${this.suffix}`);
  }

  /** The same path with another suffix, or with none for `''`. Throws as {@link withName} does. */
  withSuffix(suffix: string): Self {
    if (suffix !== '' && (suffix === '.' || !suffix.startsWith('.'))) {
      throw new OptionError(`Expected a suffix such as ".txt", or "" for none, got ${show(suffix)}.`);
    }
    this.#needName('suffix');
    return this.withName(`${this.stem}${suffix}`);
  }

  /**
   * Whether the path is like a pattern: `*`, `?`, `[abc]` and `[!abc]` within a name, `**` for any number of names. A
   * pattern that is relative is compared from the right, so that `*.py` is like `/a/b.py`; an absolute one with the whole.
   * Throws `OptionError` for a pattern without any name.
   */
  match(pattern: PathText): boolean {
    const wanted = this.#pattern(pattern);
    const anchored = wanted.drive !== '' || wanted.root !== '';
    if (anchored && !this.#isLikeStart(wanted)) return false;
    const steps = patternSteps(wanted.names, this.#ignoresCase);
    return matchNames(anchored ? steps : ['**', ...steps], this.#route.names);
  }

  /** As {@link match}, on the whole path also where the pattern is relative. */
  fullMatch(pattern: PathText): boolean {
    const wanted = this.#pattern(pattern);
    const { drive, root } = this.#route;
    const sameStart = wanted.root === root && this.#fold(wanted.drive) === this.#fold(drive);
    return sameStart && matchNames(patternSteps(wanted.names, this.#ignoresCase), this.#route.names);
  }

  /** With `/` between the names, also on Windows. */
  asPosix(): string {
    return this.#text.replaceAll(this.#flavour.sep, '/');
  }

  /** As a `file:` URI (RFC 8089). Throws `OptionError` for a path that is not absolute. */
  asURI(): string {
    if (!this.isAbsolute()) throw new OptionError(`Expected an absolute path for a URI, got ${show(this)}.`);
    return pathUri(this.asPosix(), this.#route.drive);
  }

  /** Whether two paths have the same text; on Windows their case makes no difference. */
  equals(other: PathText): boolean {
    const { drive, root, names, home } = this.#parse(other);
    const sameStart = root === this.#route.root && this.#fold(drive) === this.#fold(this.#route.drive);
    return (
      sameStart &&
      home === this.#route.home &&
      names.length === this.#route.names.length &&
      this.#sharedNames(names) === names.length
    );
  }

  toString(): string {
    return this.#text;
  }

  toJSON(): string {
    return this.#text;
  }

  [Symbol.toPrimitive](): string {
    return this.#text;
  }

  /** Whether the text begins with a `~` that means a home directory. */
  protected get startsAtHome(): boolean {
    return this.#route.home;
  }

  /** The path with more names after it: those of a listing, which are never taken apart. */
  protected descend(names: readonly string[]): Self {
    return this.make({ ...this.#route, names: [...this.#route.names, ...names] });
  }

  /** The names of a relative pattern. Throws `OptionError` for one that is absolute, or has none. */
  protected patternNames(pattern: PathText): { readonly names: readonly string[]; readonly ignoreCase: boolean } {
    const { names, drive, root } = this.#pattern(pattern);
    if (drive !== '' || root !== '') {
      throw new OptionError(`Expected a pattern relative to ${show(this)}, got the absolute ${show(pattern)}.`);
    }
    return { names, ignoreCase: this.#ignoresCase && names.some(isPattern) };
  }

  #pattern(pattern: PathText): Route {
    const route = this.#parse(pattern);
    if (route.names.length > 0 || route.root !== '') return route;
    throw new OptionError(`Expected a pattern such as "*.txt", got ${show(pattern)}.`);
  }

  get #ignoresCase(): boolean {
    return this.#flavour.kind === 'windows';
  }

  #fold(name: string): string {
    return this.#flavour.fold(name);
  }

  #parse(path: PathText): Route {
    return this.#flavour.parse(pathText(path));
  }

  #upTo(count: number): Self {
    const route = this.#route;
    return this.make({ ...route, names: route.names.slice(0, count), home: route.home && count > 0 });
  }

  #sharesStart(other: Route): boolean {
    const { drive, root, names, home } = this.#route;
    const sameHome = home === other.home || names.length === 0 || other.names.length === 0;
    return root === other.root && this.#fold(drive) === this.#fold(other.drive) && sameHome;
  }

  #sharedNames(others: readonly string[]): number {
    const { names } = this.#route;
    const differs = names.findIndex((name, at) => {
      const other = others[at];
      return other === undefined || this.#fold(name) !== this.#fold(other);
    });
    return differs === -1 ? names.length : differs;
  }

  /** Whether the path begins with the pattern's drive and root, as far as it names them. */
  #isLikeStart(pattern: Route): boolean {
    const { drive, root } = this.#route;
    if (pattern.drive !== '' && this.#fold(pattern.drive) !== this.#fold(drive)) return false;
    return pattern.root === root && (pattern.drive !== '' || drive === '');
  }

  #needName(what: string): void {
    if (this.name !== '') return;
    throw new OptionError(`Expected a path with a last name to give another ${what}, got ${show(this)}.`);
  }
}

/** Where the last suffix of a name begins; its length where it has none. */
function suffixAt(name: string): number {
  const dot = name.lastIndexOf('.');
  return dot > 0 && dot < name.length - 1 ? dot : name.length;
}

function show(path: { toString(): string }): string {
  return JSON.stringify(String(path));
}
