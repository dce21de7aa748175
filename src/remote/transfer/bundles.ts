import { inLanes } from '../../core/in-lanes.js';
import { Limiter } from '../../core/limiter.js';
import { copyFile } from './copy-file.js';
import type { InFlight } from './in-flight.js';
import { strategy } from './strategies.js';
import type { BundleFile, Bundler } from './strategy.js';
import type { TreeDirectory } from './tree-directory.js';
import { collect, type Work } from './work.js';

/** A file larger than this goes by itself. */
const LARGEST = 64 * 1024;
/** A bundle has so many files or so many bytes, and is sent. */
const FILES = 1000;
const BYTES = 8 * 1024 * 1024;
/** Fewer files than this are as quick one by one. */
const WORTH_IT = 64;

/** How many files of a bundle are written at once, or go by themselves. */
const AT_ONCE = 16;

/** A file of a tree that waits to be copied. */
export interface TreeFile extends BundleFile {
  readonly directory: TreeDirectory;
}

/** Copies the files of a tree: the small ones in bundles where there is a way to, all others one by one. */
export class Bundles {
  readonly #work: Work;
  readonly #inFlight: InFlight;
  /** Servers allow few channels, and others want one, too. */
  readonly #channels: Limiter = new Limiter(2, 'channel');
  readonly #bundler: Bundler | undefined;
  #files: TreeFile[] = [];
  #bytes = 0;

  constructor(work: Work, inFlight: InFlight) {
    this.#work = work;
    this.#inFlight = inFlight;
    this.#bundler = work.plan.dryRun ? undefined : strategy.openBundler?.(work);
  }

  async add(file: TreeFile): Promise<void> {
    if (!(file.job.stats.size <= LARGEST && this.#bundler?.fits(file.job))) return this.#alone(file);
    this.#files.push(file);
    this.#bytes += file.job.stats.size;
    if (this.#files.length >= FILES || this.#bytes >= BYTES) await this.flush();
  }

  /** Sends what was gathered. */
  async flush(): Promise<void> {
    const files = this.#files;
    const bytes = this.#bytes;
    this.#files = [];
    this.#bytes = 0;
    const bundler = this.#bundler;
    if (bundler === undefined || files.length < WORTH_IT) for (const file of files) await this.#alone(file);
    else await this.#inFlight.add(bytes, () => this.#guard(() => this.#carry(bundler, files)));
  }

  async #alone(file: TreeFile): Promise<void> {
    await this.#inFlight.add(file.job.stats.size, () => this.#guard(() => this.#copy(file)));
  }

  async #copy({ job, meter, directory }: TreeFile): Promise<void> {
    await directory.make();
    await copyFile(this.#work, job, meter);
  }

  async #carry(bundler: Bundler, files: readonly TreeFile[]): Promise<void> {
    const ready = await this.#withDirectories(files);
    const { sent, fetched, left } = await this.#channels.run(() => bundler.carry(ready));
    for (const { meter } of sent) await this.#guard(() => meter.copied());
    await this.#each(fetched, ({ file, content }) => copyFile(this.#work, file.job, file.meter, content));
    await this.#each(left, (file) => this.#copy(file));
  }

  /** Those whose directories could be made; what became of the others is noted. */
  async #withDirectories(files: readonly TreeFile[]): Promise<readonly TreeFile[]> {
    const ready: TreeFile[] = [];
    const make = (file: TreeFile): Promise<void> =>
      this.#guard(async () => {
        await file.directory.make();
        ready.push(file);
      });
    await Promise.all(files.map(make));
    return ready;
  }

  /** Within the turn of the bundle, a few at a time. */
  async #each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
    const lanes = Math.min(this.#work.plan.concurrency, AT_ONCE, items.length);
    await inLanes(items, lanes, (item) => this.#guard(() => work(item)));
  }

  /** A file's failure is noted; any other one ends the work. */
  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      try {
        collect(this.#work, error);
      } catch (fatal) {
        this.#work.fail(fatal);
      }
    }
  }
}
