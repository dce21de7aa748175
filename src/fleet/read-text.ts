import { constants } from 'node:fs';
import { FileError } from '../core/file-error.js';
import { expandPath } from '../remote/files/expand-path.js';
import type { FileAccess, FileScope } from '../remote/files/file-access.js';
import type { Stats } from '../remote/files/stats.js';

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
      const bytes = await expandPath(files, path);
      const stats = await files.stat(bytes);
      refuseLong(access, path, stats, limit);
      const file = await files.open(bytes, constants.O_RDONLY, 0);
      try {
        const read: Buffer[] = [];
        let length = 0;
        const take = (_position: number, pieces: readonly Buffer[]): void => {
          for (const piece of pieces) {
            read.push(piece);
            length += piece.length;
          }
          if (length > limit) throw tooLong(access, path, limit);
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

/** Throws what {@link readShort} would, as far as the size of a file tells it. */
export function checkShort(access: FileAccess, path: string, { limit, signal }: ReadOptions): Promise<void> {
  return access.use(
    async ({ files }) => {
      refuseLong(access, path, await files.stat(await expandPath(files, path)), limit);
    },
    { signal },
  );
}

/** Throws `EISDIR` where a file is to be written and a directory stands. */
export function refuseDirectory(access: FileAccess, path: string, signal: AbortSignal): Promise<void> {
  return access.use(
    async (scope) => {
      if ((await statOrNothing(scope, path))?.isDirectory()) throw failure(access, 'EISDIR', 'open', path);
    },
    { signal },
  );
}

async function statOrNothing({ files }: FileScope, path: string): Promise<Stats | undefined> {
  return files.stat(await expandPath(files, path)).catch((error: unknown) => {
    // Why it cannot be looked at is what writing it will say.
    if (error instanceof FileError) return undefined;
    throw error;
  });
}

function refuseLong(access: FileAccess, path: string, stats: Stats, limit: number): void {
  if (stats.isDirectory()) throw failure(access, 'EISDIR', 'read', path);
  if (stats.size > limit) throw tooLong(access, path, limit);
}

function tooLong(access: FileAccess, path: string, limit: number): FileError {
  return failure(access, 'EFBIG', 'read', path, `more than the ${limit} bytes of maxBuffer: raise it, or download it`);
}

function failure(access: FileAccess, code: string, syscall: string, path: string, detail?: string): FileError {
  const { host, key } = access;
  return new FileError(code, { syscall, path, host, key, ...(detail === undefined ? {} : { detail }) });
}
