import type { FileAccess, FileScope } from '../../files/file-access.js';
import { localAccess } from '../../files/local/local-access.js';
import { SharedDriver } from './shared-driver.js';

/** How much is kept of what was read, in bytes: how far the hosts may lie apart with the file read once. */
const BUDGET = 12 * 1024 * 1024;

/** The files of {@link sharedAccess}. */
export interface SharedAccess extends FileAccess {
  /** How much was read of them by now, in bytes. */
  readonly bytesRead: number;
}

/**
 * This machine's files as one source of many transfers: each part of a file is read once as long as the hosts are no
 * farther apart than 12 MiB, and one that falls behind reads by itself and holds nobody up. A digest of a file is made once,
 * whoever falls behind.
 */
export function sharedAccess(): SharedAccess {
  const local = localAccess();
  const files = new SharedDriver(local.host, BUDGET);
  const use = <T>(work: (scope: FileScope) => Promise<T>): Promise<T> => local.use(({ site }) => work({ files, site }));
  return {
    host: local.host,
    key: local.key,
    use,
    useAnother: use,
    get bytesRead() {
      return files.bytesRead;
    },
  };
}
