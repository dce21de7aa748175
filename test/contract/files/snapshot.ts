import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';

/** What is compared of a tree. */
export interface SnapshotOptions {
  /** Whether times of modification count, in whole seconds. Default `false`. */
  readonly times?: boolean;
}

/** One entry of a tree, as text that a difference is easily read in. */
export type Snapshot = Readonly<Record<string, string>>;

/**
 * All that is below a directory, by name (bytes as `latin1`): kinds, permissions, contents and where links lead. The
 * directory's own name is taken out of links, so that trees in two places compare.
 */
export async function snapshot(root: string, o: SnapshotOptions = {}): Promise<Snapshot> {
  const found: Record<string, string> = {};
  await look(Buffer.from(root), Buffer.alloc(0), Buffer.from(root).toString('latin1'), o, found);
  return found;
}

async function look(
  directory: Buffer,
  prefix: Buffer,
  root: string,
  o: SnapshotOptions,
  found: Record<string, string>,
): Promise<void> {
  const names = await readdir(directory, { encoding: 'buffer' });
  for (const name of names.sort(Buffer.compare)) {
    const path = Buffer.concat([directory, Buffer.from('/'), name]);
    const shown = Buffer.concat([prefix, name]);
    found[shown.toString('latin1')] = await describeEntry(path, root, o);
    if ((await lstat(path)).isDirectory()) {
      await look(path, Buffer.concat([shown, Buffer.from('/')]), root, o, found);
    }
  }
}

async function describeEntry(path: Buffer, root: string, o: SnapshotOptions): Promise<string> {
  const stats = await lstat(path);
  const mode = (stats.mode & 0o7777).toString(8);
  const time = o.times === true && !stats.isDirectory() ? ` ${Math.floor(stats.mtimeMs / 1000)}` : '';
  if (stats.isSymbolicLink()) {
    return `link to ${(await readlink(path, 'buffer')).toString('latin1').replaceAll(root, '<root>')}`;
  }
  if (stats.isDirectory()) return `directory ${mode}`;
  if (!stats.isFile()) return `other ${(stats.mode & 0o170000).toString(8)} ${mode}`;
  return `file ${mode}${time} ${await contentOf(path, stats.size, root)}`;
}

async function contentOf(path: Buffer, size: number, root: string): Promise<string> {
  if (size > 64 * 1024 * 1024) return `${size} bytes`;
  const content = await readFile(path).catch(() => undefined);
  // Who is not root cannot read what has no permissions; that both have none is compared all the same.
  if (content === undefined) return `${size} bytes that may not be read`;
  if (size <= 200) return JSON.stringify(content.toString('latin1').replaceAll(root, '<root>'));
  return `${size} bytes ${createHash('sha256').update(content).digest('hex')}`;
}
