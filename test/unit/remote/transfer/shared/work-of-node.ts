import { createHash, type Hash } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';

/** What this process reads of one file and feeds to digests, counted where Node does it. */
export interface WorkOfNode extends Disposable {
  /** Bytes that were read of the file, by all its handles. */
  read(): number;
  /** Bytes that each digest was fed; the short ones, of names and keys, are left out. */
  hashed(): number[];
}

/** Less than this is no file. */
const SHORT = 4096;

/** Looks on at `read` of Node's file handles and `update` of its digests until it is disposed of. */
export async function watchWork(path: string): Promise<WorkOfNode> {
  const here = await realpath(path);
  const some = await open(path);
  await some.close();
  const handles: FileHandle = Object.getPrototypeOf(some);
  const digests: Hash = Object.getPrototypeOf(createHash('sha256'));
  const { read } = handles;
  const { update } = digests;
  let bytes = 0;
  const fed = new Map<Hash, number>();
  Object.assign(handles, {
    async read(this: FileHandle, ...args: Parameters<FileHandle['read']>) {
      const watched = readlinkSync(`/proc/self/fd/${this.fd}`) === here;
      const result = await read.apply(this, args);
      if (watched) bytes += result.bytesRead;
      return result;
    },
  });
  Object.assign(digests, {
    update(this: Hash, ...args: Parameters<Hash['update']>) {
      fed.set(this, (fed.get(this) ?? 0) + args[0].length);
      return update.apply(this, args);
    },
  });
  return {
    read: () => bytes,
    hashed: () => [...fed.values()].filter((count) => count >= SHORT),
    [Symbol.dispose]: () => {
      Object.assign(handles, { read });
      Object.assign(digests, { update });
    },
  };
}
