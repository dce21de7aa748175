import { createHash, randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { inside, lastName, parentOf, type Work, withoutSlashes } from './work.js';

/** The longest name that file systems take, in bytes (NAME_MAX of Linux, macOS and the BSDs). */
const LONGEST_NAME = 255;
/** Asking for it takes longer than the rest of a draft's name. */
const HERE = hostname();
const TAG = '.hawser-';
const DIGITS = 8;

/**
 * Where a file is written before it takes its place: `.NAME.hawser-XXXXXXXX` beside the target. The digits follow from
 * both paths and both machines: a later transfer of the same file finds what an earlier one had to leave, and one from
 * elsewhere to the same target stays out of its way.
 */
export function draftPath(work: Work, source: Buffer, target: Buffer): Buffer {
  const hash = createHash('sha256');
  const parts = [HERE, work.from.access.key, source, work.to.access.key, target];
  for (const part of parts) hash.update(part).update('\0');
  return named(target, hash.digest('hex').slice(0, DIGITS));
}

/** A path for a draft that nobody else has. */
export function freshDraftPath(target: Buffer): Buffer {
  return named(target, randomBytes(DIGITS / 2).toString('hex'));
}

/**
 * How the names begin of the directories in the root of a tree where files lie on their way to their places: the same for
 * each transfer between these machines and that root, so that one removes what another had to leave.
 */
export function stagePrefix(work: Work, root: Buffer): string {
  const hash = createHash('sha256');
  for (const part of [HERE, work.from.access.key, work.to.access.key, withoutSlashes(root)])
    hash.update(part).update('\0');
  return `${TAG}${hash.digest('hex').slice(0, DIGITS)}-`;
}

function named(target: Buffer, digits: string): Buffer {
  const kept = lastName(target).subarray(0, LONGEST_NAME - 1 - TAG.length - DIGITS);
  return inside(parentOf(target), Buffer.concat([Buffer.from('.'), kept, Buffer.from(TAG + digits)]));
}
