import { Readable } from 'node:stream';
import { FileError } from '../../../core/file-error.js';
import { quote } from '../../../core/quote.js';
import { bytesFromName } from '../../files/names.js';
import { stagePrefix } from '../draft-name.js';
import type { FileJob } from '../file-job.js';
import { initialMode } from '../file-modes.js';
import { removeTree } from '../remove-tree.js';
import { runBeside } from '../run-beside.js';
import { readSmall, type SmallFile } from '../small-file.js';
import type { BundleFile, BundleOutcome, Bundler } from '../strategy.js';
import { inside, lastName, type Work, withoutSlashes } from '../work.js';
import { BundleLayout, MOVE_SCRIPT } from './bundle.js';
import { BLOCK, LONGEST_NAME, tarLength, writeTarHeader } from './tar-header.js';

/** How many files are read at once. */
const READ_AT_ONCE = 32;

/**
 * The way to send small files as one tar archive to a machine that has a shell and tar; `undefined` where that is not known
 * to do as well as one file after another.
 */
export function openTarSender(work: Work): Bundler | undefined {
  const { to, plan } = work;
  // An archive has whole seconds and no time of access, and not every tar sets all bits of a mode.
  if (plan.times || plan.mode === 'exact' || plan.verify !== 'none' || !plan.atomic) return undefined;
  if (to.files.kind === 'local' || !to.site.transport.capabilities.has('exec')) return undefined;
  return new TarSender(work);
}

class TarSender implements Bundler {
  readonly #work: Work;
  #works = true;
  #bundles = 0;

  constructor(work: Work) {
    this.#work = work;
  }

  fits({ existing, path }: FileJob): boolean {
    return existing === undefined && lastName(bytesFromName(path)).length < LONGEST_NAME - '100000/'.length;
  }

  async carry<F extends BundleFile>(files: readonly F[]): Promise<BundleOutcome<F>> {
    if (!this.#works) return { sent: [], fetched: [], left: files };
    this.#bundles += 1;
    const outcome = await sendBundle(this.#work, this.#bundles, files);
    // No shell, no tar, another root directory than SFTP's: the next bundle would fare no better.
    this.#works = outcome.sent.length > 0;
    return outcome;
  }
}

/** Sends one bundle: into a directory of its own in the root of the tree, and from there to where its files belong. */
async function sendBundle<F extends BundleFile>(
  work: Work,
  number: number,
  files: readonly F[],
): Promise<BundleOutcome<F>> {
  const none = { sent: [], fetched: [], left: files };
  const first = files[0];
  if (first === undefined) return none;
  const root = rootOf(first.job);
  const stage = inside(root, Buffer.from(`${stagePrefix(work, root)}${number}`));
  const path = stage.toString('utf8');
  if (!Buffer.from(path).equals(stage)) return none;
  try {
    // SFTP makes it: a command that sees other files than SFTP does will not find it, and does nothing.
    await work.to.files.mkdir(stage, 0o700);
  } catch (error) {
    if (error instanceof FileError) return none;
    throw error;
  }
  const archive = new Archive(work, files);
  const input = Readable.from(archive.stream(), { objectMode: false });
  try {
    const result = await runBeside(work, work.to, commandFor(path), { input });
    if (result?.status === 0) return { sent: archive.sent, fetched: [], left: archive.left };
    await removeTree(work, stage).catch(() => {});
    for (const { meter } of archive.sent) meter.restart();
    return none;
  } catch (error) {
    await removeTree(work, stage).catch(() => {});
    throw error;
  }
}

/** Unpacks, puts in place, and removes what is left of the bundle, also where the link was lost meanwhile. */
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

/** A file of an archive, and what was read of it. */
interface Member<F extends BundleFile> {
  readonly file: F;
  readonly content: SmallFile;
}

/** The archive of a bundle, made as it is sent. */
class Archive<F extends BundleFile> {
  /** Those whose bytes are on their way, which are counted. */
  readonly sent: F[] = [];
  readonly left: F[] = [];
  readonly #work: Work;
  readonly #files: readonly F[];
  readonly #layout = new BundleLayout();

  constructor(work: Work, files: readonly F[]) {
    this.#work = work;
    this.#files = files;
  }

  async *stream(): AsyncGenerator<Buffer, void, void> {
    for (let i = 0; i < this.#files.length; i += READ_AT_ONCE) {
      const found = await Promise.all(this.#files.slice(i, i + READ_AT_ONCE).map((file) => this.#read(file)));
      const read = found.filter((one) => one !== undefined);
      yield this.#members(read);
      // Asked for more: the line has taken what came before.
      for (const { file, content } of read) {
        file.meter.expect(content.length);
        file.meter.moved(content.length);
        this.sent.push(file);
      }
    }
    yield this.#layout.end();
  }

  /** Nothing where a file cannot be read: it goes by itself then, and tells why. */
  async #read(file: F): Promise<Member<F> | undefined> {
    try {
      return { file, content: await readSmall(this.#work, file.job) };
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      this.left.push(file);
      return undefined;
    }
  }

  /** In one piece of memory: a few for each file would cost more than their bytes. */
  #members(members: readonly Member<F>[]): Buffer {
    const archive = Buffer.alloc(members.reduce((sum, { content }) => sum + tarLength(content.length), 0));
    let position = 0;
    for (const { file, content } of members) {
      const { path, stats } = file.job;
      const mode = initialMode(this.#work, { stats, existing: undefined });
      writeTarHeader(archive, position, { name: this.#layout.add(path), size: content.length, mode });
      let at = position + BLOCK;
      for (const piece of content.pieces) at += piece.copy(archive, at);
      position += tarLength(content.length);
    }
    return archive;
  }
}
