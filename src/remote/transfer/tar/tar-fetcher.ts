import { Readable } from 'node:stream';
import { FileError } from '../../../core/file-error.js';
import { quote } from '../../../core/quote.js';
import { bytesFromName } from '../../files/names.js';
import type { FileJob } from '../file-job.js';
import { runBeside } from '../run-beside.js';
import type { SmallFile } from '../small-file.js';
import type { BundleFile, BundleOutcome, Bundler } from '../strategy.js';
import { inside, type Work, withoutSlashes } from '../work.js';
import { fitsHeader, type TarMember } from './tar-header.js';
import { TarReader } from './tar-reader.js';

/** No member of an archive that was asked for is larger, in bytes: it would be another file than was found. */
const LARGEST = 1024 * 1024;

/**
 * The options that make each tar write what is read here: an owner that fits into its field whoever it is, and no notes on
 * extended attributes in members of their own (COPYFILE_DISABLE of macOS). Other ones are not known to take names in this way.
 */
const TAR = [
  'case "$(tar --version 2>/dev/null)" in',
  '*GNU*) o="--owner=0 --group=0" ;;',
  '*bsdtar*) o="--uid 0 --gid 0" ;;',
  '*) exit 1 ;;',
  'esac; unset TAR_OPTIONS; COPYFILE_DISABLE=1; export COPYFILE_DISABLE;',
].join(' ');

/**
 * The way to fetch small files as one tar archive from a machine that has a shell and tar; `undefined` where that is known
 * not to work. Nothing is made of what the archive says but the content of files that were asked for: it is put in place as
 * that of every other file.
 */
export function openTarFetcher(work: Work): Bundler | undefined {
  const { from } = work;
  if (from.files.kind === 'local' || !from.site.transport.capabilities.has('exec')) return undefined;
  return new TarFetcher(work);
}

/** Files of a bundle while their archive arrives. */
interface Arrival<F> {
  /** By the names that they have in the archive, as latin1. */
  readonly awaited: Map<string, F>;
  readonly fetched: { readonly file: F; readonly content: SmallFile }[];
  /** They are not what they were found to be. */
  readonly left: F[];
}

class TarFetcher implements Bundler {
  readonly #work: Work;
  #works = true;
  /** The root of the tree as a command has to name it. */
  #root: Promise<string | undefined> | undefined;

  constructor(work: Work) {
    this.#work = work;
  }

  fits({ stats, existing, path }: FileJob): boolean {
    if (existing !== undefined && this.#work.plan.overwrite !== 'always') return false;
    // The kernel's own files say that they are empty, and an archive believes it.
    return stats.isFile() && stats.size > 0 && !Number.isNaN(stats.mtimeMs) && fitsHeader(memberOf(path));
  }

  async carry<F extends BundleFile>(files: readonly F[]): Promise<BundleOutcome<F>> {
    const first = files[0];
    this.#root ??= first && this.#find(first.job);
    const root = await this.#root;
    if (root === undefined || !this.#works) return { sent: [], fetched: [], left: files };
    const names = new Map(files.map((file) => [memberOf(file.job.path).toString('latin1'), file]));
    const arrival: Arrival<F> = { awaited: names, fetched: [], left: [] };
    const outcome = await this.#fetch(root, arrival);
    // No shell, no tar, another root directory than SFTP's: the next bundle would fare no better.
    this.#works = outcome.fetched.length > 0;
    return outcome;
  }

  async #fetch<F extends BundleFile>(root: string, arrival: Arrival<F>): Promise<BundleOutcome<F>> {
    const { awaited, fetched, left } = arrival;
    const list = Buffer.from([...awaited.keys()].map((name) => `${name}\0`).join(''), 'latin1');
    const reader = new TarReader({
      accept: ({ name, size, plain }) => awaited.has(name.toString('latin1')) && size <= (plain ? LARGEST : 0),
      take: (member, content) => receive(arrival, member, content),
    });
    const result = await runBeside(this.#work, this.#work.from, this.#command(root), {
      input: Readable.from([list]),
      output: (chunk) => reader.add(chunk),
    });
    left.push(...awaited.values());
    if (result?.status === 0) return { sent: [], fetched, left };
    // Some file may have shrunk under its reader, which has filled it up with zeros.
    const same = await Promise.all(fetched.map(({ file }) => this.#isStill(file.job)));
    const changed = fetched.filter((_, i) => !same[i]).map(({ file }) => file);
    for (const { meter } of changed) meter.restart();
    return { sent: [], fetched: fetched.filter((_, i) => same[i]), left: [...left, ...changed] };
  }

  #command(root: string): string {
    const links = this.#work.plan.followSymlinks ? '-h ' : '';
    const pack = `tar -c --format=ustar --numeric-owner $o --no-recursion ${links}--null -T - -f - 2>/dev/null`;
    return `sh -c ${quote(`${TAR} cd ${quote(root)} && exec ${pack}`)}`;
  }

  /** Without links in it, and from `/` on: SFTP may begin in another directory than commands do. */
  async #find({ source, path }: FileJob): Promise<string | undefined> {
    const root = withoutSlashes(source.subarray(0, source.length - bytesFromName(path).length));
    const found = await this.#work.from.files.realpath(root.length === 0 ? Buffer.from('/') : root).catch(unlessOfFile);
    const text = found?.toString('utf8');
    return found !== undefined && Buffer.from(text ?? '').equals(found) ? text : undefined;
  }

  async #isStill({ source, stats }: FileJob): Promise<boolean> {
    const { files } = this.#work.from;
    const now = await (this.#work.plan.followSymlinks ? files.stat(source) : files.lstat(source)).catch(unlessOfFile);
    return now?.isFile() === true && now.size === stats.size && now.mtimeMs === stats.mtimeMs;
  }
}

/** A path in the archive: a name never looks like an option. */
function memberOf(path: string): Buffer {
  return inside(Buffer.from('.'), bytesFromName(path));
}

/**
 * A member has come. It is the file that was found if size and time say so: a command may see other files than SFTP does,
 * and a second name of one file comes as a link.
 */
function receive<F extends BundleFile>(arrival: Arrival<F>, member: TarMember, content: Buffer): void {
  const name = member.name.toString('latin1');
  const file = arrival.awaited.get(name);
  if (file === undefined) return;
  arrival.awaited.delete(name);
  const { stats } = file.job;
  const isIt = member.plain && content.length === stats.size && member.mtime === Math.floor(stats.mtimeMs / 1000);
  if (!isIt) {
    arrival.left.push(file);
    return;
  }
  file.meter.moved(content.length);
  arrival.fetched.push({ file, content: { pieces: [content], length: content.length, stats } });
}

function unlessOfFile(error: unknown): undefined {
  if (!(error instanceof FileError)) throw error;
  return undefined;
}
