import { posix, win32 } from 'node:path';
import { PurePath } from '../../../../src/remote/paths/pure-path.js';
import { type Flavour, flavourOf, pathRoute, type Route } from '../../../../src/remote/paths/route.js';

/** A path without a machine. */
export class LexicalPath extends PurePath<LexicalPath> {
  readonly #flavour: Flavour;

  constructor(flavour: Flavour, route: Route) {
    super(flavour, route);
    this.#flavour = flavour;
  }

  protected make(route: Route): LexicalPath {
    return new LexicalPath(this.#flavour, route);
  }
}

/** A path of POSIX. */
export function posixPath(...texts: string[]): LexicalPath {
  const flavour = flavourOf(posix);
  return new LexicalPath(flavour, pathRoute(flavour, texts));
}

/** A path of Windows. */
export function windowsPath(...texts: string[]): LexicalPath {
  const flavour = flavourOf(win32);
  return new LexicalPath(flavour, pathRoute(flavour, texts));
}
