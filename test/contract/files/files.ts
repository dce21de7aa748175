import type { Readable, Writable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';

/** A name as both take it. */
export type Name = string | Buffer | URL;

export interface ReadOptions {
  readonly encoding?: BufferEncoding | null;
  readonly flag?: string;
  readonly signal?: AbortSignal;
}

export interface WriteOptions {
  readonly encoding?: BufferEncoding;
  readonly mode?: number | string;
  readonly flag?: string;
  readonly flush?: boolean;
  readonly signal?: AbortSignal;
}

/** What can be written. */
export type Content =
  | string
  | Uint8Array
  | Iterable<string | Uint8Array>
  | AsyncIterable<string | Uint8Array>
  | Readable;

/** The part of `Stats` that SFTP tells too, and the questions. */
export interface StatsLike {
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeMs: number;
  readonly atimeMs: number;
  readonly mtime: Date;
  readonly atime: Date;
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
  isBlockDevice(): boolean;
  isCharacterDevice(): boolean;
}

export interface DirentLike {
  readonly name: string;
  readonly parentPath: string;
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
  isBlockDevice(): boolean;
  isCharacterDevice(): boolean;
}

export interface DirLike extends AsyncIterable<DirentLike> {
  readonly path: string;
  read(): Promise<DirentLike | null>;
  close(): Promise<void>;
}

export interface StreamOptions {
  readonly flags?: string;
  readonly encoding?: BufferEncoding;
  readonly mode?: number;
  readonly autoClose?: boolean;
  readonly emitClose?: boolean;
  readonly start?: number;
  readonly end?: number;
  readonly highWaterMark?: number;
  readonly signal?: AbortSignal;
}

export interface ReadStreamLike extends Readable {
  readonly bytesRead: number;
  readonly path: string | Buffer;
}

export interface WriteStreamLike extends Writable {
  readonly bytesWritten: number;
  readonly path: string | Buffer;
}

export interface Handle extends AsyncDisposable {
  appendFile(data: string | Uint8Array, o?: WriteOptions | BufferEncoding): Promise<void>;
  chmod(mode: number): Promise<void>;
  chown(uid: number, gid: number): Promise<void>;
  close(): Promise<void>;
  createReadStream(o?: StreamOptions): ReadStreamLike;
  createWriteStream(o?: StreamOptions): WriteStreamLike;
  datasync(): Promise<void>;
  read(
    buffer: Buffer | Uint8Array,
    offset?: number | null,
    length?: number | null,
    position?: number | null,
  ): Promise<{ bytesRead: number; buffer: Uint8Array }>;
  read(o?: {
    buffer?: Buffer;
    offset?: number;
    length?: number;
    position?: number | null;
  }): Promise<{ bytesRead: number; buffer: Uint8Array }>;
  readableWebStream(o?: { readonly type?: 'bytes' }): ReadableStream;
  readFile(o?: ReadOptions | BufferEncoding): Promise<string | Buffer>;
  readLines(o?: { readonly encoding?: BufferEncoding; readonly start?: number }): AsyncIterable<string>;
  readv(
    buffers: Buffer[],
    position?: number,
  ): Promise<{ bytesRead: number; buffers: readonly NodeJS.ArrayBufferView[] }>;
  stat(): Promise<StatsLike>;
  sync(): Promise<void>;
  truncate(length?: number): Promise<void>;
  utimes(atime: number | string | Date, mtime: number | string | Date): Promise<void>;
  write(
    buffer: Uint8Array,
    offset?: number | null,
    length?: number | null,
    position?: number | null,
  ): Promise<{ bytesWritten: number; buffer: Uint8Array }>;
  write(
    data: string,
    position?: number | null,
    encoding?: BufferEncoding | null,
  ): Promise<{ bytesWritten: number; buffer: string }>;
  writeFile(data: Content, o?: WriteOptions | BufferEncoding): Promise<void>;
  writev(
    buffers: Buffer[],
    position?: number,
  ): Promise<{ bytesWritten: number; buffers: readonly NodeJS.ArrayBufferView[] }>;
}

export interface CopyOptions {
  readonly dereference?: boolean;
  readonly errorOnExist?: boolean;
  readonly filter?: (source: string, destination: string) => boolean | Promise<boolean>;
  readonly force?: boolean;
  readonly mode?: number;
  readonly preserveTimestamps?: boolean;
  readonly recursive?: boolean;
  readonly verbatimSymlinks?: boolean;
}

/** What Node's `fs/promises` and ours have in common, so that one act can be done with both. */
export interface Files {
  access(path: Name, mode?: number): Promise<void>;
  appendFile(path: Name, data: string | Uint8Array, o?: WriteOptions | BufferEncoding): Promise<void>;
  chmod(path: Name, mode: number | string): Promise<void>;
  chown(path: Name, uid: number, gid: number): Promise<void>;
  copyFile(from: Name, to: Name, mode?: number): Promise<void>;
  cp(from: string, to: string, o?: CopyOptions): Promise<void>;
  createReadStream(path: Name, o?: StreamOptions | BufferEncoding): ReadStreamLike;
  createWriteStream(path: Name, o?: StreamOptions | BufferEncoding): WriteStreamLike;
  lchown(path: Name, uid: number, gid: number): Promise<void>;
  link(existing: Name, path: Name): Promise<void>;
  lstat(path: Name): Promise<StatsLike>;
  lutimes(path: Name, atime: number | string | Date, mtime: number | string | Date): Promise<void>;
  mkdir(path: Name, o?: number | { mode?: number | string; recursive?: boolean }): Promise<string | undefined>;
  mkdtemp(prefix: string): Promise<string>;
  open(path: Name, flags?: string | number, mode?: number | string): Promise<Handle>;
  opendir(path: string, o?: { bufferSize?: number; encoding?: BufferEncoding; recursive?: boolean }): Promise<DirLike>;
  readFile(path: Name, o?: ReadOptions | BufferEncoding | null): Promise<string | Buffer>;
  readdir(path: Name, o?: { encoding?: BufferEncoding; withFileTypes?: false; recursive?: boolean }): Promise<string[]>;
  readdir(path: Name, o: { encoding: 'buffer'; withFileTypes?: false; recursive?: boolean }): Promise<Buffer[]>;
  readdir(path: Name, o: { withFileTypes: true; recursive?: boolean }): Promise<DirentLike[]>;
  readlink(path: Name): Promise<string>;
  readlink(path: Name, o: 'buffer'): Promise<Buffer>;
  realpath(path: Name): Promise<string>;
  rename(from: Name, to: Name): Promise<void>;
  rm(path: Name, o?: { force?: boolean; recursive?: boolean; maxRetries?: number }): Promise<void>;
  rmdir(path: Name): Promise<void>;
  stat(path: Name): Promise<StatsLike>;
  symlink(target: Name, path: Name): Promise<void>;
  truncate(path: Name, length?: number): Promise<void>;
  unlink(path: Name): Promise<void>;
  utimes(path: Name, atime: number | string | Date, mtime: number | string | Date): Promise<void>;
  writeFile(path: Name, data: Content, o?: WriteOptions | BufferEncoding): Promise<void>;
}

/** The kind of a file in a word. */
export function kindOf(entry: DirentLike | StatsLike): string {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  if (entry.isSymbolicLink()) return 'link';
  if (entry.isFIFO()) return 'fifo';
  if (entry.isSocket()) return 'socket';
  if (entry.isCharacterDevice()) return 'character device';
  if (entry.isBlockDevice()) return 'block device';
  return 'unknown';
}
