import type { FileAccess } from '../files/file-access.js';
import { FileCalls } from '../files/file-calls.js';
import type { FileDriver } from '../files/file-driver.js';
import { type Holding, hold } from '../files/hold.js';

/** Options of {@link takeFiles}. */
export interface TakeOptions {
  readonly signal: AbortSignal;
  /** Has them taken again over each new link of a connection that makes one by itself, as long as this says so. */
  readonly outlives: (() => boolean) | undefined;
}

/** The files of a machine for as long as something is open there: its connection counts as busy until they are closed. */
export interface HeldFiles extends Omit<Holding<HeldFiles>, 'release'> {
  readonly files: FileDriver;
  /** Gives them back. */
  close(): Promise<void>;
}

/** Connects where that is needed. Throws what {@link FileAccess.use} throws. */
export function takeFiles(access: FileAccess, o: TakeOptions): Promise<HeldFiles> {
  return hold<HeldFiles>(
    new FileCalls(access),
    { syscall: 'open', persists: true, ...o },
    async ({ files }, { release, ...links }) => ({
      files,
      close: async () => release(),
      ...links,
    }),
  );
}
