import { Readable } from 'node:stream';
import { FileError } from '../../../core/file-error.js';
import { quote } from '../../../core/quote.js';
import { bytesFromName } from '../../files/names.js';
import { stagePrefix } from '../draft-name.js';
import type { FileJob } from '../file-job.js';
import { initialMode } from '../file-modes.js';
import { removeTree } from '../remove-tree.js';
import { runBeside } from '../run-beside.js';
import { readSmall } from '../small-file.js';
import type { BundleOutcome, Bundler } from '../strategy.js';
import { inside, lastName, type Work, withoutSlashes } from '../work.js';
import { BundleLayout, MOVE_SCRIPT } from './bundle.js';
import { LONGEST_NAME, tarHeader, tarPadding } from './tar-header.js';

/** How many files are read at once. */
const READ_AT_ONCE = 32;

/**
 * The way to send small files as one tar archive to a machine that has a shell and tar; `undefined` where that is not known
 * to do as well as one file after another.
 */
export async function openTarBundler(work: Work): Promise<Bundler | undefined> {
  const { to, plan } = work;
  // An archive has whole seconds and no time of access, and not every tar sets all bits of a mode.
  if (plan.times || plan.mode === 'exact') return undefined;
  if (to.files.kind === 'local' || !to.site.transport.capabilities.has('exec')) return undefined;
  let works = true;
  let bundles = 0;
  return async (_work, files) => {
    const fit = works ? files.filter(fits) : [];
    const left = works ? files.filter((job) => !fits(job)) : [...files];
    if (fit.length === 0) return { sent: [], left };
    bundles += 1;
    const outcome = await sendBundle(work, bundles, fit);
    // No shell, no tar, another root directory than SFTP's: the next bundle would fare no better.
    works = outcome.sent.length > 0;
    return { sent: outcome.sent, left: [...left, ...outcome.left] };
  };
}

/** Sends one bundle: into a directory of its own in the root of the tree, and from there to where its files belong. */
async function sendBundle(work: Work, number: number, files: readonly FileJob[]): Promise<BundleOutcome> {
  const first = files[0];
  if (first === undefined) return { sent: [], left: [] };
  const root = rootOf(first);
  const stage = inside(root, Buffer.from(`${stagePrefix(work, root)}${number}`));
  const path = stage.toString('utf8');
  if (!Buffer.from(path).equals(stage)) return { sent: [], left: files };
  try {
    // SFTP makes it: a command that sees other files than SFTP does will not find it, and does nothing.
    await work.to.files.mkdir(stage, 0o700);
  } catch (error) {
    if (error instanceof FileError) return { sent: [], left: files };
    throw error;
  }
  const archive = new Archive(work, files);
  const input = Readable.from(archive.stream(), { objectMode: false });
  try {
    const result = await runBeside(work, work.to, commandFor(path), input);
    if (result?.status === 0) return { sent: archive.sent, left: archive.left };
    await removeTree(work, stage).catch(() => {});
    return { sent: [], left: files };
  } catch (error) {
    await removeTree(work, stage).catch(() => {});
    throw error;
  }
}

/** Unpacks, moves, and removes what is left of the bundle, also where the link was lost meanwhile. */
function commandFor(stage: string): string {
  const name = stage.slice(stage.lastIndexOf('/') + 1);
  const unpack = 'tar -x -o -m --no-same-permissions -f -';
  const enter = `cd ${quote(stage.startsWith('-') ? `./${stage}` : stage)} || exit 1`;
  const leave = `cd .. && rm -rf ./${quote(name)}`;
  return `sh -c ${quote(`${enter}; ${unpack} && sh ./${MOVE_SCRIPT}; s=$?; ${leave}; exit $s`)}`;
}

/** The root of the tree that a file of it goes to. */
function rootOf({ target, path }: FileJob): Buffer {
  const root = withoutSlashes(target.subarray(0, target.length - bytesFromName(path).length));
  return root.length === 0 ? Buffer.from('/') : root;
}

function fits({ path }: FileJob): boolean {
  return lastName(bytesFromName(path)).length < LONGEST_NAME - '100000/'.length;
}

/** The archive of a bundle, made as it is sent. */
class Archive {
  readonly sent: { job: FileJob; length: number }[] = [];
  readonly left: FileJob[] = [];
  readonly #work: Work;
  readonly #files: readonly FileJob[];
  readonly #layout = new BundleLayout();

  constructor(work: Work, files: readonly FileJob[]) {
    this.#work = work;
    this.#files = files;
  }

  async *stream(): AsyncGenerator<Buffer, void, void> {
    for (let i = 0; i < this.#files.length; i += READ_AT_ONCE) {
      const members = await Promise.all(this.#files.slice(i, i + READ_AT_ONCE).map((job) => this.#member(job)));
      this.#work.stall.moved();
      yield Buffer.concat(members.flat());
    }
    yield this.#layout.end();
  }

  /** A file of the archive; nothing where it cannot be read: it goes by itself then, and tells why. */
  async #member(job: FileJob): Promise<readonly Buffer[]> {
    try {
      const { pieces, length } = await readSmall(this.#work, job);
      this.#layout.holds(job.path);
      this.sent.push({ job, length });
      return [
        tarHeader(this.#layout.nameFor(job.path), length, modeOf(this.#work, job)),
        ...pieces,
        tarPadding(length),
      ];
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      this.left.push(job);
      return [];
    }
  }
}

function modeOf(work: Work, { stats }: FileJob): number {
  return initialMode(work, { stats, existing: undefined });
}
