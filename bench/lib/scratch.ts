import { randomBytes } from 'node:crypto';
import { accessSync, constants, createWriteStream } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const MIB = 1024 * 1024;

/** A directory that every account may write to, in memory where the machine has such a place: no disk is measured. */
export interface Scratch extends AsyncDisposable {
  readonly path: string;
}

/** Makes a directory for one row's files. */
export async function makeScratch(): Promise<Scratch> {
  const path = await mkdtemp(join(inMemory() ? '/dev/shm' : tmpdir(), 'hawser-bench-'));
  await chmod(path, 0o777);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Writes a file of `mebibytes` that no compression makes smaller. */
export async function makeFile(path: string, mebibytes: number): Promise<void> {
  const pieces = Array.from({ length: mebibytes }, () => randomBytes(MIB));
  await pipeline(Readable.from(pieces), createWriteStream(path));
}

/** Writes `directories` directories of `filesEach` files, of 1 KiB to 4 KiB each. */
export async function makeTree(root: string, directories: number, filesEach: number): Promise<void> {
  for (let directory = 0; directory < directories; directory += 1) {
    const folder = join(root, `directory-${directory}`);
    await mkdir(folder, { recursive: true });
    for (let file = 0; file < filesEach; file += 1) {
      await writeFile(join(folder, `file-${file}.dat`), randomBytes(1024 + ((file * 997 + directory * 131) % 3073)));
    }
  }
}

/** How many files lie under `path`, and how many bytes they hold together. */
export async function sizeOf(path: string): Promise<{ readonly files: number; readonly bytes: number }> {
  const own = await stat(path);
  if (!own.isDirectory()) return { files: 1, bytes: own.size };
  let files = 0;
  let bytes = 0;
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue;
    files += 1;
    bytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return { files, bytes };
}

function inMemory(): boolean {
  try {
    accessSync('/dev/shm', constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
