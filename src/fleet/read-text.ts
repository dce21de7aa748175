import { constants } from 'node:fs';
import { FileError } from '../core/file-error.js';
import { expandPath } from '../remote/files/expand-path.js';
import type { FileAccess } from '../remote/files/file-access.js';

/** Options of {@link readShort}. */
export interface ReadOptions {
  /** In bytes. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

/**
 * All of a file, which may not be longer than the limit; one of `/proc`, which has no size, as well.
 *
 * @throws FileError: `EFBIG` for a file that is longer, of which no more than the limit is read; `EISDIR` for a directory.
 */
export function readShort(access: FileAccess, path: string, { limit, signal }: ReadOptions): Promise<Buffer> {
  return access.use(
    async ({ files }) => {
      const about = { syscall: 'read', path, host: access.host, key: access.key };
      const bytes = await expandPath(files, path);
      const stats = await files.stat(bytes);
      if (stats.isDirectory()) throw new FileError('EISDIR', about);
      const tooLong = (): FileError =>
        new FileError('EFBIG', {
          ...about,
          detail: `more than the ${limit} bytes of maxBuffer; download it to a file`,
        });
      if (stats.size > limit) throw tooLong();
      const file = await files.open(bytes, constants.O_RDONLY, 0);
      try {
        const read: Buffer[] = [];
        let length = 0;
        const take = (_position: number, pieces: readonly Buffer[]): void => {
          for (const piece of pieces) {
            read.push(piece);
            length += piece.length;
          }
          if (length > limit) throw tooLong();
        };
        await file.pull({ start: 0, expected: stats.size, inOrder: true, take, signal });
        return Buffer.concat(read);
      } finally {
        await file.close();
      }
    },
    { signal },
  );
}

/** Whether a path is a directory over there; what does not exist is none. */
export function isRemoteDirectory(access: FileAccess, path: string, signal: AbortSignal): Promise<boolean> {
  return access.use(
    async ({ files }) => {
      const bytes = await expandPath(files, path);
      const stats = await files.stat(bytes).catch((error: unknown) => {
        if (error instanceof FileError) return undefined;
        throw error;
      });
      return stats?.isDirectory() === true;
    },
    { signal },
  );
}
