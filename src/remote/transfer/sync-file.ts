import type { OpenFile } from '../files/file-driver.js';
import { failedWith, type Work } from './work.js';

/** The errors of a server or a file that cannot synchronize; the file is written all the same. */
const NO_SYNC = ['ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'EROFS'] as const;

/** Asks the target's disk to keep what was written, where it can be asked. */
export async function syncFile(work: Work, file: OpenFile): Promise<void> {
  if (!work.to.files.abilities.has('fsync')) return;
  await file.sync().catch((error) => {
    if (!failedWith(error, ...NO_SYNC)) throw error;
  });
}
