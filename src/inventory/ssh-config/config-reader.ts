import { closeSync, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs';

/** How a configuration reaches the files that it names. Errors are the ones of `node:fs`, with their `code`. */
export interface ConfigReader {
  /**
   * The text of a file. Where `trusted` is asked for, a file that other users may write to is refused (by an error with
   * code `EPERM`), for who writes it decides what programs we start.
   */
  readFile(path: string, options: { readonly trusted: boolean }): string;
  /** The names in a directory. */
  readDirectory(path: string): readonly string[];
}

/** Reads the file system. Includes are found while parsing, so it is synchronous. */
export const nodeConfigReader: ConfigReader = {
  readFile(path, { trusted }) {
    const descriptor = openSync(path, 'r');
    try {
      if (trusted) refuseForeign(path, descriptor);
      return readFileSync(descriptor, 'utf8');
    } finally {
      closeSync(descriptor);
    }
  },
  readDirectory: (path) => readdirSync(path),
};

const WRITABLE_BY_OTHERS = 0o002;

function refuseForeign(path: string, descriptor: number): void {
  const ours = process.getuid?.();
  if (ours === undefined) return;
  const { uid, mode } = fstatSync(descriptor);
  // Writable by the group is let pass: on many systems each user has a group of their own, and their ssh lets it pass too.
  if ((uid === 0 || uid === ours) && (mode & WRITABLE_BY_OTHERS) === 0) return;
  const problem = uid === 0 || uid === ours ? 'every user may write to it' : `it belongs to user ${uid}`;
  throw Object.assign(new Error(`${problem}; make it yours alone with: chmod go-w ${path}`), { code: 'EPERM' });
}

/** The `code` of an error of `node:fs`, if it has one. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Whether the error says that there is no such file. */
export function isMissing(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}
