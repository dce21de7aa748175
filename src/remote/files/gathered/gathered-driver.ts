import { constants } from 'node:fs';
import { FileError } from '../../../core/file-error.js';
import { DataFile } from '../data/data-file.js';
import { childPath, splitPath, withoutSlashes } from '../entries.js';
import type { AtOnce, DirectoryEntry, OpenFile } from '../file-driver.js';
import { LocalDriver } from '../local/local-driver.js';
import { bytesFromName, nameFromBytes } from '../names.js';
import { ReadOnlyDriver } from '../read-only-driver.js';
import { Stats } from '../stats.js';

/** A file of a gathered tree. */
export interface GatheredFile {
  /** Below the root, `/` between names. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** Its permissions. */
  readonly mode: number;
  /** Its bytes, or the absolute path of the file of this machine that has them. */
  readonly content: Uint8Array | { readonly local: string };
}

const DIRECTORY = 0o700;
const ROOT = Buffer.from('/');

/** Something of the tree. */
interface Node {
  readonly name: Buffer;
  readonly stats: Stats;
  readonly file: GatheredFile | undefined;
  readonly children: Node[];
}

/** Files from here and there on this machine, and bytes in memory, as one tree below `/`, to be read. */
export class GatheredDriver extends ReadOnlyDriver {
  /** Nothing of it is farther away than this machine's own files. */
  readonly kind = 'local';
  readonly atOnce: AtOnce;
  readonly #nodes = new Map<string, Node>();
  readonly #local = new LocalDriver('local');

  constructor(files: Iterable<GatheredFile>) {
    super('it was gathered to be sent');
    const now = Date.now();
    const times = { atimeMs: now, mtimeMs: now };
    const directory = new Stats({ size: 0, mode: constants.S_IFDIR | DIRECTORY, ...times });
    const root = { name: Buffer.alloc(0), stats: directory, file: undefined, children: [] };
    this.#nodes.set(keyOf(ROOT), root);
    const nodeAt = (path: Buffer, file?: { readonly file: GatheredFile; readonly stats: Stats }): Node => {
      const known = this.#nodes.get(keyOf(path));
      if (known !== undefined) return known;
      const { parent, name } = splitPath(path);
      const node = { name, stats: file?.stats ?? directory, file: file?.file, children: [] };
      nodeAt(parent).children.push(node);
      this.#nodes.set(keyOf(path), node);
      return node;
    };
    for (const file of files) {
      const stats = new Stats({ size: file.size, mode: constants.S_IFREG | file.mode, ...times });
      nodeAt(childPath(ROOT, bytesFromName(file.path)), { file, stats });
    }
    this.atOnce = {
      lstat: (path) => this.#nodes.get(keyOf(path))?.stats,
      read: (path, size) => this.#readAtOnce(path, size),
    };
  }

  async open(path: Buffer, flags: number): Promise<OpenFile> {
    const { file, stats } = this.#find('open', path);
    if (file === undefined) return this.refuse('open', 'EISDIR');
    if ((flags & (constants.O_WRONLY | constants.O_RDWR)) !== 0) return this.refuse('open');
    const { content } = file;
    if (content instanceof Uint8Array) return new DataFile(bufferOf(content), stats);
    return this.#local.open(bytesFromName(content.local), flags, 0);
  }

  async lstat(path: Buffer): Promise<Stats> {
    return this.#find('lstat', path).stats;
  }

  async *list(path: Buffer): AsyncGenerator<readonly DirectoryEntry[], void, void> {
    const { children, file } = this.#find('scandir', path);
    if (file !== undefined) return this.refuse('scandir', 'ENOTDIR');
    yield children.map(({ name, stats }) => ({ name, stats, kind: stats.mode & constants.S_IFMT }));
  }

  #find(syscall: string, path: Buffer): Node {
    const node = this.#nodes.get(keyOf(path));
    if (node !== undefined) return node;
    throw new FileError('ENOENT', { syscall, path: nameFromBytes(path) });
  }

  #readAtOnce(path: Buffer, size: number): Buffer | undefined {
    const content = this.#nodes.get(keyOf(path))?.file?.content;
    if (content === undefined) return undefined;
    if (!(content instanceof Uint8Array)) return this.#local.atOnce?.read(bytesFromName(content.local), size);
    return content.byteLength === size ? bufferOf(content) : undefined;
  }
}

function keyOf(path: Buffer): string {
  return withoutSlashes(path).toString('latin1');
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
