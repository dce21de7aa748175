import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { quote } from '../../core/quote.js';
import type { FileDigest, OpenFile } from '../files/file-driver.js';
import { nameFromBytes } from '../files/names.js';
import { runBeside } from './run-beside.js';
import type { End, Work } from './work.js';

const DIGEST = /^\\?([0-9a-f]{64})\b/;

/** A digest under way, over the first bytes of a file. */
async function hashBeginning(work: Work, file: OpenFile, length: number): Promise<Hash> {
  const hash = createHash('sha256');
  await file.pull({
    start: 0,
    end: length,
    expected: length,
    inOrder: true,
    signal: work.signal,
    take: (_position, pieces) => {
      for (const piece of pieces) hash.update(piece);
      work.stall.moved();
    },
  });
  return hash;
}

/** The digest of the first bytes of a file. */
export interface Beginning {
  readonly value: string;
  /** To go on with; `undefined` where it was made for others, too. */
  readonly hash: Hash | undefined;
}

/** The digest of the first `length` bytes, as somebody has made it for all, or out of a reading of their own. */
export async function digestOfBeginning(work: Work, file: OpenFile, length: number): Promise<Beginning> {
  const shared = file.digest?.(length);
  if (shared !== undefined) return { value: await digestValue(work, shared), hash: undefined };
  const hash = await hashBeginning(work, file, length);
  return { value: hash.copy().digest('hex'), hash };
}

/** The digest of bytes that are in memory. */
export function digestOfPieces(pieces: readonly Buffer[]): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}

/** The digest of a file that is on its way. */
export interface RunningDigest {
  /** Has to be shown every byte, in order; `undefined` where somebody else sees them. */
  readonly seen: ((pieces: readonly Buffer[]) => void) | undefined;
  /** It, in hex, once all bytes have passed. */
  value(): Promise<string>;
}

/** Begins the digest of a file of `size` bytes before they are moved. `before` has seen those that will not be. */
export function digestOnTheWay(work: Work, source: OpenFile, size: number, before?: Hash): RunningDigest {
  const shared = source.digest?.(size);
  if (shared !== undefined) return { seen: undefined, value: () => digestValue(work, shared) };
  const hash = before ?? createHash('sha256');
  return {
    seen: (pieces) => {
      for (const piece of pieces) hash.update(piece);
    },
    value: async () => hash.digest('hex'),
  };
}

/** A digest that is made for all, once it is there. */
export function digestValue({ signal, stall }: Work, digest: FileDigest): Promise<string> {
  return digest.value({ signal, moved: () => stall.moved() });
}

/**
 * Whether the first `length` bytes of a file have this SHA-256. The machine computes it where it has `sha256sum`; what it
 * denies is looked at byte by byte: a command may see another root directory than the files do.
 */
export async function hasDigest(work: Work, end: End, path: Buffer, length: number, digest: string): Promise<boolean> {
  if ((await remoteDigest(work, end, path, length)) === digest) return true;
  const file = await end.files.open(path, constants.O_RDONLY, 0);
  try {
    return (await hashBeginning(work, file, length)).digest('hex') === digest;
  } finally {
    await file.close().catch(() => {});
  }
}

/** The digest of the first `length` bytes as the machine itself computes it; `undefined` where it cannot. */
async function remoteDigest(work: Work, end: End, path: Buffer, length: number): Promise<string | undefined> {
  const text = path.toString('utf8');
  if (end.files.kind === 'local') return undefined;
  if (!Buffer.from(text).equals(path) || text !== nameFromBytes(path)) return undefined;
  const name = quote(text.startsWith('-') ? `./${text}` : text);
  const result = await runBeside(work, end, `head -c ${length} ${name} | sha256sum`);
  work.stall.moved();
  return result?.status === 0 ? DIGEST.exec(result.stdout)?.[1] : undefined;
}
