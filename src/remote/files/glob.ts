import type { Abortable } from '../../core/abort.js';
import { OptionError } from '../../core/hawser-error.js';
import { Dirent } from './dirent.js';
import { allEntries, childPath, type Entry, isDirectory, isLink } from './entries.js';
import type { FileCall, FileCalls } from './file-calls.js';
import type { GlobPattern, Segment } from './glob-pattern.js';
import { statIfThere } from './metadata.js';
import { bytesFromName, nameFromBytes } from './names.js';
import { fileCode } from './retell.js';

interface GlobPlace extends Abortable {
  /** Where relative patterns begin. Default: the directory in which the session began, mostly the home directory. */
  readonly cwd?: string | URL | undefined;
  /** Only `false`: `**` leads through no link, which has to be named. `walk` follows links and knows circles. */
  readonly followSymlinks?: false | undefined;
}

/** Options of `glob`. */
export interface GlobOptions extends GlobPlace {
  /** What is left out, with all below it: patterns over the path relative to `cwd`, or a function of the name. */
  readonly exclude?: readonly string[] | ((name: string) => boolean) | undefined;
  /** Whether entries are given in place of paths. Default `false`. */
  readonly withFileTypes?: false | undefined;
}

/** Options of `glob` for who wants entries in place of paths. */
export interface GlobEntryOptions extends GlobPlace {
  /** What is left out, with all below it: patterns over the path relative to `cwd`, or a function of the entry. */
  readonly exclude?: readonly string[] | ((entry: Dirent) => boolean) | undefined;
  readonly withFileTypes: true;
}

/** A place in one of the patterns: all before it has been found. */
interface State {
  readonly pattern: GlobPattern;
  readonly at: number;
}

/** A directory that patterns lead into. */
interface Place {
  readonly path: Buffer;
  /** As it is given: relative to where it began, or absolute. */
  readonly shown: string;
  readonly states: readonly State[];
}

/** What is asked whether it is left out. */
type Excluded = (shown: string, entry: Dirent) => boolean;

/** What fits a pattern, as Node 22's `fs.promises.glob` finds it. Directories that nothing can fit in are not read. */
export async function* glob(
  calls: FileCalls,
  pattern: string | readonly string[],
  o: GlobOptions | GlobEntryOptions,
): AsyncGenerator<string | Dirent, void, void> {
  const given = typeof pattern === 'string' ? [pattern] : pattern;
  if (!Array.isArray(given) || !given.every((one) => typeof one === 'string')) {
    throw new OptionError('Expected the `pattern` to be a string or a list of strings.');
  }
  if (o.followSymlinks) {
    throw new OptionError('Expected the `followSymlinks` option of `glob` to be false: name the links, or use `walk`.');
  }
  // Who looks for nothing does without the matcher.
  const { globPatterns, pathFits } = await import('./glob-pattern.js');
  const excluded = exclusion(o, pathFits);
  const cwd = o.cwd === undefined ? calls.base : await calls.look('glob', o, ({ at }) => at(o.cwd ?? '', 'cwd'));
  const patterns = await calls.look('glob', o, (call) => Promise.all(given.map((one) => atHome(call, one))));
  const all = patterns.flatMap((one) => globPatterns(one));
  const places: Place[] = [
    { path: Buffer.from('/'), shown: '/', states: beginnings(all.filter((one) => one.absolute)) },
    { path: cwd, shown: '', states: beginnings(all.filter((one) => !one.absolute)) },
  ];
  for (let place = places.pop(); place !== undefined; place = places.pop()) {
    const { path, shown, states } = place;
    if (states.length === 0) continue;
    const found = await calls.look('scandir', o, (call) => candidates(call, path, states));
    const below: Place[] = [];
    for (const entry of found) {
      const name = nameFromBytes(entry.name);
      const next = advance(states, name, entry);
      if (next.length === 0) continue;
      const dirent = new Dirent(name, nameFromBytes(path.length === 0 ? DOT : path), entry.kind);
      const own = shown === '' || shown === '/' ? `${shown}${name}` : `${shown}/${name}`;
      if (excluded(own, dirent)) continue;
      const ends = next.filter(isEnd);
      const plain = ends.some(({ pattern }) => !pattern.directory);
      if (plain || (ends.length > 0 && entry.leads)) yield o.withFileTypes ? dirent : plain ? own : `${own}/`;
      const on = next.filter((state) => !isEnd(state));
      if (on.length > 0 && entry.leads) below.push({ path: childPath(path, entry.name), shown: own, states: on });
    }
    places.push(...below.reverse());
  }
}

const DOT = Buffer.from('.');

/** A name that may fit, and whether it leads to a directory. */
interface Candidate extends Entry {
  readonly leads: boolean;
}

/** `~` at the beginning of a pattern is the home directory. */
async function atHome({ files }: FileCall, pattern: string): Promise<string> {
  const user = /^~([^/*?[\]{}!()\\]*)(?=\/|$)/.exec(pattern);
  if (user === null) return pattern;
  const home = nameFromBytes(await files.home(user[1] === '' ? undefined : user[1]));
  return home.replace(/[*?[\]{}!()\\+@]/g, '\\$&') + pattern.slice(user[0].length);
}

function beginnings(patterns: readonly GlobPattern[]): State[] {
  return patterns.flatMap((pattern) => reach({ pattern, at: 0 }));
}

/** A state, and those that are reached from it without a name: `**` may mean no directory at all. */
function reach(state: State): State[] {
  const next = { pattern: state.pattern, at: state.at + 1 };
  return segmentAt(state)?.kind === 'any-depth' ? [state, next] : [state];
}

function segmentAt({ pattern, at }: State): Segment | undefined {
  return pattern.segments[at];
}

/** Whether all of the pattern has been found; `**` at its end fits what it leads through. */
function isEnd(state: State): boolean {
  return segmentAt(state) === undefined;
}

/** Where a name leads from all the states of its directory. */
function advance(states: readonly State[], name: string, entry: Candidate): State[] {
  return states.flatMap((state) => {
    const segment = segmentAt(state);
    if (segment === undefined) return [];
    if (segment.kind === 'name')
      return segment.name === name ? reach({ pattern: state.pattern, at: state.at + 1 }) : [];
    const end: State = { pattern: state.pattern, at: state.at + 1 };
    // The way through a link has to be named, as in Node: links may lead in a circle.
    if (segment.kind === 'fits') {
      return segment.fits(name) ? reach(end).filter((next) => isEnd(next) || !isLink(entry)) : [];
    }
    // Nothing hidden.
    if (name.startsWith('.')) return [];
    return isLink(entry) || !isDirectory(entry) ? (isEnd(end) ? [end] : []) : reach(state);
  });
}

/** The names in a directory that may fit: the ones that are named are looked up, and only if others may fit it is read. */
async function candidates(call: FileCall, path: Buffer, states: readonly State[]): Promise<Candidate[]> {
  const segments = states.map(segmentAt).filter((segment) => segment !== undefined);
  const names = segments.map((segment) => (segment.kind === 'name' ? segment.name : undefined));
  const found = names.every((name) => name !== undefined)
    ? await Promise.all([...new Set(names)].map((name) => named(call, path, name)))
    : await Promise.all((await listed(call, path, names)).map((entry) => asCandidate(call, path, entry, segments)));
  return found.filter((entry) => entry !== undefined).sort((a, b) => Buffer.compare(a.name, b.name));
}

async function listed(call: FileCall, path: Buffer, names: readonly (string | undefined)[]): Promise<Entry[]> {
  try {
    const entries = await allEntries(call, path.length === 0 ? DOT : path);
    // `..` is in no listing.
    const up = names.includes('..') ? await named(call, path, '..') : undefined;
    return up === undefined ? entries : [...entries, up];
  } catch (error) {
    // What cannot be read has nothing that fits.
    if (fileCode(error) === undefined) throw error;
    return [];
  }
}

async function named(call: FileCall, path: Buffer, name: string): Promise<Candidate | undefined> {
  const bytes = bytesFromName(name);
  const stats = await statIfThere(call, childPath(path, bytes), 'lstat').catch(refusal);
  if (stats === undefined) return undefined;
  return asCandidate(call, path, { name: bytes, kind: stats.mode & 0o170000 }, []);
}

/** Links are looked through where they may have to be. */
async function asCandidate(
  call: FileCall,
  path: Buffer,
  entry: Entry,
  segments: readonly Segment[],
): Promise<Candidate> {
  if (!isLink(entry)) return { ...entry, leads: isDirectory(entry) };
  const name = nameFromBytes(entry.name);
  const wanted =
    segments.length === 0 || segments.some((one) => (one.kind === 'fits' ? one.fits(name) : one.kind === 'name'));
  if (!wanted) return { ...entry, leads: false };
  const stats = await statIfThere(call, childPath(path, entry.name), 'stat').catch(refusal);
  return { ...entry, leads: stats?.isDirectory() ?? false };
}

/** What may not be looked at is not there; a lost link is not that. */
function refusal(error: unknown): undefined {
  if (fileCode(error) === undefined) throw error;
  return undefined;
}

function exclusion(
  o: GlobOptions | GlobEntryOptions,
  pathFits: (pattern: string) => (path: string) => boolean,
): Excluded {
  const { exclude } = o;
  if (exclude === undefined) return () => false;
  if (typeof exclude === 'function') {
    const ask: (subject: never) => boolean = exclude;
    return (_, entry) => Boolean(Reflect.apply(ask, undefined, [o.withFileTypes ? entry : entry.name]));
  }
  if (!Array.isArray(exclude)) {
    throw new OptionError('Expected the `exclude` option to be a list of patterns or a function.');
  }
  const fits = exclude.map((one: string) => pathFits(one));
  return (shown) => fits.some((matches) => matches(shown));
}
