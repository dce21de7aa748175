import { raceAbort } from '../../core/abort.js';
import { CallScope } from '../../core/deadline.js';
import { TimeoutError } from '../../core/errors.js';
import { HawserError, OptionError } from '../../core/hawser-error.js';
import { inTime } from '../../core/in-time.js';
import type { TransferSummary } from '../../core/transfer-summary.js';
import { visible } from '../../core/visible.js';
import { expandPath } from '../files/expand-path.js';
import type { FileAccess, FileScope, UseOptions } from '../files/file-access.js';
import { nameFromBytes } from '../files/names.js';
import type { Stats } from '../files/stats.js';
import { copyFile } from './copy-file.js';
import { copyTree } from './copy-tree.js';
import { Course } from './course.js';
import { FileMeter } from './file-meter.js';
import { planTransfer, type TransferOptions, type TransferPlan } from './options.js';
import { Selection } from './selection.js';
import { StallWatch } from './stall-watch.js';
import { fileTarget, lstatOrNothing, realpathOfMissing } from './target-path.js';
import { summaryOf, TransferError, withSummary } from './transfer-error.js';
import { fileFailure, lastName, type Work } from './work.js';

/** One end of a transfer: a path on a machine. `~` is the home directory there. */
export interface Place {
  readonly access: FileAccess;
  readonly path: string;
}

/** How long a transfer that was ended may take to clean up behind itself, in milliseconds. */
const CLEANING = 2000;

/**
 * Copies a file or a tree from one machine to another, in either direction, or between two that are both far.
 *
 * A file goes into the target where that is a directory or ends with a slash (it is made then), and else takes its place,
 * as with cp(1); the directory that it goes into has to be there. Of a tree, the contents go into the target, which is made
 * with the directories above it where it is missing, and merged with where it is there. Links at the root are followed on
 * both sides; below it they are copied as links, and none on the target's side is written through.
 *
 * Where a connection makes a lost link again by itself, what is fetched to this machine goes on where it was, and so does a
 * single file on its way to another one. What cannot be done once more without harm ends with the link: see {@link Course}.
 *
 * @returns what was done. The errors of single files of a tree are in `failed`, and the rest has been copied.
 * @throws OptionError before anything is touched. `FileError` where a single file, or the root of a tree, cannot be copied.
 *   `AbortError`, `TimeoutError` (nothing moved for `stallTimeout`), or the error that ended the link; what had been done by
 *   then is in its `summary`. Whatever it throws, each target is its old self or the new file, whole.
 */
export async function transfer(from: Place, to: Place, o: TransferOptions = {}): Promise<TransferSummary> {
  const plan = planTransfer(o);
  checkPath(from);
  checkPath(to);
  const course = new Course(plan);
  const use = { signal: plan.signal, repeatable: () => course.goesOn() };
  try {
    return await withBoth(from.access, to.access, use, (source, target) => {
      return runTransfer(plan, course, { ...source, ...from }, { ...target, ...to });
    });
  } catch (error) {
    await course.clear();
    throw error instanceof HawserError && course.loss !== undefined && summaryOf(error) === undefined
      ? withSummary(error, course.tally.summary())
      : error;
  }
}

interface OpenPlace extends Place, FileScope {}

/** Holds both machines at once. Two transfers in opposite directions ask in the same order, and neither waits for ever. */
function withBoth<T>(
  from: FileAccess,
  to: FileAccess,
  use: UseOptions,
  work: (from: FileScope, to: FileScope) => Promise<T>,
): Promise<T> {
  if (from === to) return from.use((scope) => work(scope, scope), use);
  if (from.key <= to.key) return from.use((a) => to.use((b) => work(a, b), use), use);
  return to.use((b) => from.use((a) => work(a, b), use), use);
}

async function runTransfer(
  plan: TransferPlan,
  course: Course,
  from: OpenPlace,
  to: OpenPlace,
): Promise<TransferSummary> {
  const doing = `transferring '${visible(from.path)}' from ${from.access.key} to ${to.access.key}`;
  const { host } = to.access;
  using scope = new CallScope(plan.signal);
  using stall = new StallWatch(plan.stallTimeout, (ms) => scope.abort(stalled(doing, ms, host)));
  const { tally, meter } = course;
  course.begin(from, to);
  // What is no error of ours was thrown by one of the caller's functions.
  const fatal = (error: unknown): HawserError =>
    error instanceof HawserError
      ? error
      : new TransferError(`Failed while ${doing}: ${text(error)}`, tally.summary(), { host, cause: error });
  const fail = (error: unknown): void => scope.abort(fatal(error));
  const work: Work = { plan, from, to, course, tally, meter, stall, signal: scope.signal, mute: new Set(), fail };
  const running = copyRoot(work, from.path, to.path);
  try {
    await raceAbort(running, scope.signal, { doing, host });
    await course.clear(to.files);
    meter.end();
  } catch (error) {
    // The first cause ends everything else, which cleans up behind itself before anybody hears of it.
    fail(error);
    const over = () => true;
    // What is still at work here would be in the way of what goes on.
    if (!(await inTime(running.then(over, over), CLEANING))) course.stop();
    course.ended(error);
    throw withSummary(fatal(error), tally.summary());
  }
  return tally.summary();
}

async function copyRoot(work: Work, fromPath: string, toPath: string): Promise<void> {
  const source = await expandPath(work.from.files, fromPath);
  const stats = await work.from.files.stat(source);
  if (stats.isDirectory()) {
    const target = await expandPath(work.to.files, toPath);
    await refuseItself(work, source, target);
    if (work.to.files.kind !== 'local') work.course.stop();
    return copyTree(work, source, target, stats);
  }
  if (!stats.isFile())
    throw fileFailure(work.from, 'ENOTSUP', { syscall: 'open', path: source, detail: 'it is no file' });
  const path = nameFromBytes(lastName(source));
  if (work.tally.isSettled(path) || !(await takesAlone(work, path, stats))) return;
  const target = await fileTarget(work.to, toPath, source, work.plan.dryRun);
  if (await wasPublished(work, target, stats)) {
    const job = { source, target, path, stats, existing: undefined, alone: true };
    const meter = new FileMeter(work, job);
    meter.resumed(stats.size);
    return meter.copied();
  }
  await refuseItself(work, source, target);
  const existing = await lstatOrNothing(work.to, target);
  work.meter.scanned();
  const job = { source, target, path, stats, existing, alone: true };
  await copyFile(work, job, new FileMeter(work, job));
}

/**
 * Whether the file took its place although the answer to that was lost with the link: its draft is nowhere any more. Throws
 * the loss where what stands there now is something else again.
 */
async function wasPublished({ to, course }: Work, target: Buffer, stats: Stats): Promise<boolean> {
  const { publication } = course;
  if (publication === undefined || !publication.target.equals(target)) return false;
  course.publishing(undefined);
  if ((await lstatOrNothing(to, publication.draft)) !== undefined) return false;
  const there = await lstatOrNothing(to, target);
  if (there?.isFile() !== true || there.size !== stats.size) {
    course.stop();
    throw course.loss;
  }
  return true;
}

/** The globs and the filter mean a single file by its name. */
async function takesAlone(work: Work, path: string, stats: Stats): Promise<boolean> {
  const { include, exclude, filter } = work.plan;
  const selection = new Selection(include, exclude);
  if (selection.excludes(path) || !selection.includes(path)) return false;
  return (await filter?.({ path, kind: 'file', stats })) ?? true;
}

/** A file copied onto itself would be gone with `removeSource`, and a directory copied into itself would never end. */
async function refuseItself(work: Work, source: Buffer, target: Buffer): Promise<void> {
  const { from, to } = work;
  if (from.access.key !== to.access.key) return;
  const [a, b] = await Promise.all([from.files.realpath(source), realpathOfMissing(to, target)]);
  if (!a.equals(b) && !b.subarray(0, a.length + 1).equals(Buffer.concat([a, Buffer.from('/')]))) return;
  const detail = 'the target is the source, or lies in it';
  throw fileFailure(from, 'EINVAL', { syscall: 'copyfile', path: source, dest: target, detail });
}

function stalled(doing: string, ms: number, host: string): TimeoutError {
  return new TimeoutError(
    `Nothing moved for ${ms} ms while ${doing}: the server or the link hangs. Set \`stallTimeout\` if that is usual.`,
    { phase: 'transfer', ms, host },
  );
}

function checkPath({ path, access }: Place): void {
  if (typeof path === 'string' && path !== '' && !path.includes('\0')) return;
  throw new OptionError(
    `Expected the path of a transfer to be text without NUL characters, got ${JSON.stringify(path)}.`,
    {
      host: access.host,
    },
  );
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
