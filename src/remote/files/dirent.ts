import { constants } from 'node:fs';

/** One name in a directory, with the members of `fs.Dirent`. */
export class Dirent<Name extends string | Buffer = string> {
  readonly name: Name;
  /** The directory that it is in, as it was given. */
  readonly parentPath: string;
  readonly #kind: number;

  /** `kind` has the `S_IFMT` bits of stat(2). */
  constructor(name: Name, parentPath: string, kind: number) {
    this.name = name;
    this.parentPath = parentPath;
    this.#kind = kind & constants.S_IFMT;
  }

  /** The same as {@link parentPath}, as Node 20 has it. */
  get path(): string {
    return this.parentPath;
  }

  isFile(): boolean {
    return this.#kind === constants.S_IFREG;
  }

  isDirectory(): boolean {
    return this.#kind === constants.S_IFDIR;
  }

  isSymbolicLink(): boolean {
    return this.#kind === constants.S_IFLNK;
  }

  isFIFO(): boolean {
    return this.#kind === constants.S_IFIFO;
  }

  isSocket(): boolean {
    return this.#kind === constants.S_IFSOCK;
  }

  isBlockDevice(): boolean {
    return this.#kind === constants.S_IFBLK;
  }

  isCharacterDevice(): boolean {
    return this.#kind === constants.S_IFCHR;
  }
}
