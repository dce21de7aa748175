import type { OpenFile } from '../files/file-driver.js';
import type { Stats } from '../files/stats.js';
import { digestValue } from './digest.js';
import { openSource } from './open-source.js';
import { changed, type Work } from './work.js';

/** A small file, whole. */
export interface SmallFile {
  readonly pieces: readonly Buffer[];
  readonly length: number;
  readonly stats: Stats;
  /** Its SHA-256, in hex, where it is to be checked and the digest is made for all who read the file. */
  readonly digest?: string | undefined;
}

/** The most that is read of a file that has no size of its own, such as those of /proc. */
const MOST_WITHOUT_SIZE = 64 * 1024 * 1024;
const PIECE = 64 * 1024;

/** Which file is to be read. */
interface SmallSource {
  readonly source: Buffer;
  /** What it was when it was found. */
  readonly stats: Stats;
}

/**
 * Reads a file that is expected to be small, at once or in one round trip if it is what it was found to be.
 *
 * @throws FileError where it cannot be read; `ESTALE` where it grew or shrank meanwhile.
 */
export async function readSmall(work: Work, job: SmallSource): Promise<SmallFile> {
  const { stats } = job;
  const bytes = stats.size > 0 ? work.from.files.atOnce?.read(job.source, stats.size) : undefined;
  if (bytes !== undefined) return { pieces: [bytes], length: bytes.length, stats };
  const file = await openSource(work, job.source);
  try {
    return await readOpened(work, job, file);
  } finally {
    // A file that was only read loses nothing when its close fails.
    await file.close().catch(() => {});
  }
}

async function readOpened(work: Work, job: SmallSource, file: OpenFile): Promise<SmallFile> {
  const shared = work.plan.verify === 'sha256' ? file.digest?.(job.stats.size) : undefined;
  const read = new Pieces(await file.read(0, job.stats.size + 1));
  // One byte more was asked for: the file is as large as it was when it was found.
  if (read.length === job.stats.size && read.length > 0) {
    const digest = shared && (await digestValue(work, shared));
    return { pieces: read.pieces, length: read.length, stats: job.stats, digest };
  }
  const stats = await file.stat();
  if (stats.size === 0 && read.length > 0) return readWithoutSize(work, job.source, file, read);
  while (read.length < stats.size) {
    if (!read.add(await file.read(read.length, stats.size - read.length))) break;
  }
  if (read.length !== stats.size) throw changed(work, job.source, stats.size, read.length);
  return { pieces: read.pieces, length: read.length, stats };
}

/** The kernel makes such a file as it is read, and says that it is empty. */
async function readWithoutSize(work: Work, path: Buffer, file: OpenFile, read: Pieces): Promise<SmallFile> {
  while (read.length <= MOST_WITHOUT_SIZE) {
    if (read.add(await file.read(read.length, PIECE))) continue;
    const stats = await file.stat();
    if (stats.size !== 0) throw changed(work, path, 0, stats.size);
    return { pieces: read.pieces, length: read.length, stats };
  }
  throw changed(work, path, 0, read.length);
}

class Pieces {
  readonly pieces: Buffer[] = [];
  length = 0;

  constructor(first: readonly Buffer[]) {
    this.add(first);
  }

  /** @returns whether there was anything. */
  add(more: readonly Buffer[]): boolean {
    for (const piece of more) {
      this.pieces.push(piece);
      this.length += piece.length;
    }
    return more.length > 0;
  }
}
