import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import type { Abortable } from '../../core/abort.js';
import { OptionError } from '../../core/hawser-error.js';
import { inLanes } from '../../core/in-lanes.js';
import type { FileDriver } from '../../remote/files/file-driver.js';
import { localAccess } from '../../remote/files/local/local-access.js';
import { bytesFromName } from '../../remote/files/names.js';
import type { JobInput } from '../job-spec.js';
import { inputPath } from './input-path.js';
import { type LocalFile, localFiles } from './local-files.js';

/** Where the bytes of a file are: in memory, or in a file of this machine, by its absolute path. */
export type Content = Uint8Array | { readonly local: string };

/** A file that a job needs. */
export interface ManifestFile {
  /** Below the job's directory, `/` between names. */
  readonly path: string;
  /** As hexadecimal digits. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
  /** Its permissions, to the bit: those of a file of this machine, 0o644 for text and bytes. */
  readonly mode: number;
  readonly content: Content;
}

/** The files that a job needs, by the order of their paths. */
export interface Manifest {
  readonly files: readonly ManifestFile[];
  /** The SHA-256 of each, by its path. */
  readonly checksums: ReadonlyMap<string, string>;
}

/** How many local files are read at once. */
const AT_ONCE = 4;
const MODE = 0o644;

/**
 * What the inputs of a job are. Local files are read once, a piece at a time; a local directory stands for all files in it,
 * links followed, and leaves nothing where it is empty.
 *
 * @throws OptionError for paths outside of the job's directory, and where two inputs are one path or one lies below the
 *   other. `FileError` for a local file that cannot be read, or is a pipe, a socket or a device. `AbortError`.
 */
export async function manifestOf(
  inputs: Readonly<Record<string, JobInput>> = {},
  { signal }: Abortable = {},
): Promise<Manifest> {
  const found = new Map<string, Uint8Array | LocalFile>();
  for (const [path, input] of Object.entries(inputs)) {
    const at = inputPath(path);
    const { local } = checkInput(path, input);
    if (local === undefined) put(found, fileAt(path, at), bytesOf(input));
    else for (const [below, file] of await localFiles(local, at, signal)) put(found, fileAt(path, below), file);
  }
  refuseFilesAsDirectories(found);
  const files: ManifestFile[] = [];
  await inLanes(found, AT_ONCE, async ([path, content]) => {
    files.push(await describeFile(path, content, signal));
  });
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { files, checksums: new Map(files.map(({ path, sha256 }) => [path, sha256])) };
}

function checkInput(path: string, input: JobInput): { readonly local: string | undefined } {
  if (typeof input === 'string' || input instanceof Uint8Array) return { local: undefined };
  const local: unknown = typeof input === 'object' && input !== null ? input.local : undefined;
  if (typeof local === 'string' && local !== '') return { local };
  throw new OptionError(
    `Expected the input ${JSON.stringify(path)} to be a text, bytes, or { local: path }, got ${JSON.stringify(input)}.`,
  );
}

function bytesOf(input: JobInput): Uint8Array {
  return typeof input === 'string' ? Buffer.from(input, 'utf8') : input instanceof Uint8Array ? input : Buffer.alloc(0);
}

/** The path of a file, which may not be the job's directory itself, nor end with a slash. */
function fileAt(given: string, at: string): string {
  if (at !== '' && !(given.endsWith('/') && inputPath(given) === at)) return at;
  throw new OptionError(
    `Expected the input ${JSON.stringify(given)} to be the path of a file: only a local directory can be put there.`,
  );
}

function put(found: Map<string, Uint8Array | LocalFile>, path: string, content: Uint8Array | LocalFile): void {
  if (found.has(path)) {
    throw new OptionError(
      `Expected each input once, got ${JSON.stringify(path)} twice: leave it out of one of the two.`,
    );
  }
  found.set(path, content);
}

function refuseFilesAsDirectories(found: ReadonlyMap<string, unknown>): void {
  for (const path of found.keys()) {
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      const above = path.slice(0, slash);
      if (!found.has(above)) continue;
      throw new OptionError(
        `Expected the input ${JSON.stringify(above)} to be a file or a directory, got both: ${JSON.stringify(path)} is below it.`,
      );
    }
  }
}

async function describeFile(
  path: string,
  content: Uint8Array | LocalFile,
  signal: AbortSignal | undefined,
): Promise<ManifestFile> {
  if (content instanceof Uint8Array) {
    const sha256 = createHash('sha256').update(content).digest('hex');
    return { path, sha256, size: content.byteLength, mode: MODE, content };
  }
  const { local, mode } = content;
  const { sha256, size } = await localAccess().use(({ files }) => digestOf(files, local, signal));
  return { path, sha256, size, mode, content: { local } };
}

async function digestOf(
  files: FileDriver,
  path: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly sha256: string; readonly size: number }> {
  // Had a pipe taken the file's place meanwhile, opening it would wait for a writer.
  const file = await files.open(bytesFromName(path), constants.O_RDONLY | (constants.O_NONBLOCK ?? 0), 0);
  try {
    const hash = createHash('sha256');
    const size = await file.pull({
      start: 0,
      inOrder: true,
      signal,
      take: (_, pieces) => {
        for (const piece of pieces) hash.update(piece);
      },
    });
    return { sha256: hash.digest('hex'), size };
  } finally {
    // A file that was only read loses nothing when its close fails.
    await file.close().catch(() => {});
  }
}
