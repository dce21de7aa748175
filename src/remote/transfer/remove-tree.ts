import { inside, type Work } from './work.js';

/** Removes a directory of the target that is ours, with all that is in it; no link is followed. */
export async function removeTree(work: Work, directory: Buffer): Promise<void> {
  const { files } = work.to;
  for await (const entries of files.list(directory)) {
    for (const { name } of entries) {
      const path = inside(directory, name);
      if ((await files.lstat(path)).isDirectory()) await removeTree(work, path);
      else await files.unlink(path);
    }
  }
  await files.rmdir(directory);
}
