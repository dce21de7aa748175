import { inspect } from 'node:util';
import { OptionError } from '../../core/hawser-error.js';
import type { PlatformPath } from './platform-path.js';

/** What the text of a path says, in pieces. */
export interface Route {
  /** `c:` or `\\server\share` on Windows; `''` elsewhere. */
  readonly drive: string;
  /** What makes it begin at the top: `/`, `\`, or `//` (POSIX.1-2017 §4.13 leaves its meaning to the system). */
  readonly root: string;
  /** The names after that, without empty ones and `.`; `..` stays, for it may lead through a link. */
  readonly names: readonly string[];
  /** Whether the first name is a `~` or `~user` that stands for a home directory, and no file of that name. */
  readonly home: boolean;
}

/** A path as text, or as a path object of whatever machine. */
export type PathText = string | { toString(): string; readonly parts: readonly string[] };

/** The text of a path. Throws {@link OptionError} for what is none, or holds a NUL. */
export function pathText(path: PathText): string {
  const isPath = typeof path === 'string' || (typeof path === 'object' && path !== null && Array.isArray(path.parts));
  if (!isPath)
    throw new OptionError(`Expected a path to be text, or a path object, got ${inspect(path, { depth: 0 })}.`);
  const text = String(path);
  if (text.includes('\0'))
    throw new OptionError(`Expected a path without NUL characters, got ${JSON.stringify(text)}.`);
  return text;
}

/** What differs between paths of POSIX and of Windows, for all that is done with their text alone. */
export interface Flavour {
  readonly kind: 'posix' | 'windows';
  readonly sep: string;
  /** Takes a text apart. */
  parse(text: string): Route;
  /** Where one gets to who follows `next` from `base`. */
  follow(base: Route, next: Route): Route;
  /** The text by which names are compared: Windows does not heed the case. */
  fold(name: string): string;
  isAbsolute(route: Route): boolean;
}

const isName = (name: string): boolean => name !== '' && name !== '.';

const posixFlavour: Flavour = {
  kind: 'posix',
  sep: '/',
  parse(text) {
    const slashes = /^\/*/.exec(text)?.[0].length ?? 0;
    // Two slashes may mean something of their own, three or more mean one.
    const root = slashes === 0 ? '' : slashes === 2 ? '//' : '/';
    return { drive: '', root, names: text.slice(slashes).split('/').filter(isName), home: text.startsWith('~') };
  },
  follow: (base, next) => (next.root === '' ? descend(base, next) : next),
  fold: (name) => name,
  isAbsolute: ({ root }) => root !== '',
};

const windowsFlavour: Flavour = {
  kind: 'windows',
  sep: '\\',
  parse(text) {
    const path = text.replaceAll('/', '\\');
    const { drive, root } = windowsAnchor(path);
    const rest = path.slice(drive.length);
    return { drive, root, names: rest.split('\\').filter(isName), home: path.startsWith('~') };
  },
  follow(base, next) {
    const sameDrive = next.drive === '' || next.drive.toLowerCase() === base.drive.toLowerCase();
    if (!sameDrive) return next;
    return next.root === '' ? descend(base, next) : { ...next, drive: next.drive || base.drive };
  },
  fold: (name) => name.toLowerCase(),
  // A share's root goes without saying; "c:x" is relative to wherever the drive's current directory is.
  isAbsolute: ({ drive, root }) => drive !== '' && root !== '',
};

/** The flavour of a machine that has these path functions. */
export function flavourOf(path: Pick<PlatformPath, 'sep'>): Flavour {
  return path.sep === '\\' ? windowsFlavour : posixFlavour;
}

/** The text of a route: `.` for one that leads nowhere. */
export function routeText({ drive, root, names, home }: Route, { sep, parse }: Flavour): string {
  const anchor = drive + root;
  const [first = ''] = names;
  // Without the dot it would be read as a home directory, or as a drive.
  const ambiguous = anchor === '' && ((first.startsWith('~') && !home) || parse(first).drive !== '');
  return `${anchor}${ambiguous ? `.${sep}` : ''}${names.join(sep)}` || '.';
}

/**
 * The route that several texts make, one followed from the other. Only the first may begin at a home directory: after
 * that, a `~` is a name like any other. Throws {@link OptionError} as {@link pathText} does.
 */
export function pathRoute(flavour: Flavour, parts: readonly PathText[]): Route {
  const [first = '', ...rest] = parts.map(pathText);
  let route = flavour.parse(first);
  for (const text of rest) route = flavour.follow(route, { ...flavour.parse(text), home: false });
  return route;
}

function descend(base: Route, next: Route): Route {
  return { ...base, names: [...base.names, ...next.names] };
}

/** Drive and root as Windows understands them ("File path formats on Windows systems", learn.microsoft.com). */
function windowsAnchor(path: string): { drive: string; root: string } {
  if (path.startsWith('\\\\')) {
    const from = /^\\\\\?\\unc\\/i.test(path) ? 8 : 2;
    const server = path.indexOf('\\', from);
    const share = server === -1 ? -1 : path.indexOf('\\', server + 1);
    if (share !== -1) return { drive: path.slice(0, share), root: '\\' };
    // "\\server\share" is the root of the share already; "\\.\device" is a device and has none.
    const isShare = server !== -1 && server > from && server + 1 < path.length && !/^\\\\[.?]\\[^\\]*$/.test(path);
    return { drive: path, root: isShare ? '\\' : '' };
  }
  if (/^.:/su.test(path)) {
    const drive = path.slice(0, path.indexOf(':') + 1);
    return { drive, root: path[drive.length] === '\\' ? '\\' : '' };
  }
  return { drive: '', root: path.startsWith('\\') ? '\\' : '' };
}
