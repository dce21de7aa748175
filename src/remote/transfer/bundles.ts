import { Limiter } from '../../core/limiter.js';
import { copyFile } from './copy-file.js';
import type { FileJob } from './file-job.js';
import type { FileMeter } from './file-meter.js';
import type { InFlight } from './in-flight.js';
import { strategy } from './strategies.js';
import type { Bundler } from './strategy.js';
import type { TreeDirectory } from './tree-directory.js';
import { collect, type Work } from './work.js';

/** A file larger than this goes by itself. */
const LARGEST = 64 * 1024;
/** A bundle has so many files or so many bytes, and is sent. */
const FILES = 1000;
const BYTES = 8 * 1024 * 1024;
/** Fewer files than this are as quick one by one. */
const WORTH_IT = 64;

/** How many files of a bundle that could not be sent go at once by themselves. */
const FALLBACK = 16;

/** A file of a tree that waits to be copied. */
export interface TreeFile {
  readonly job: FileJob;
  readonly meter: FileMeter;
  readonly directory: TreeDirectory;
}

/** Copies the files of a tree: the small new ones in bundles where there is a way to, all others one by one. */
export class Bundles {
  readonly #work: Work;
  readonly #inFlight: InFlight;
  /** Servers allow few channels, and others want one, too. */
  readonly #channels: Limiter = new Limiter(2, 'channel');
  #opened: Promise<Bundler | undefined> | undefined;
  #files: TreeFile[] = [];
  #bytes = 0;

  constructor(work: Work, inFlight: InFlight) {
    this.#work = work;
    this.#inFlight = inFlight;
  }

  async add(file: TreeFile): Promise<void> {
    if (!this.#fits(file.job) || (await this.#bundler()) === undefined) return this.#alone(file);
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
    if (files.length < WORTH_IT) for (const file of files) await this.#alone(file);
    else await this.#inFlight.add(bytes, () => this.#guard(() => this.#send(files)));
  }

  #fits({ stats, existing }: FileJob): boolean {
    const { dryRun, verify, atomic } = this.#work.plan;
    if (strategy.openBundler === undefined || dryRun || verify !== 'none' || !atomic) return false;
    return existing === undefined && stats.size <= LARGEST;
  }

  async #alone(file: TreeFile): Promise<void> {
    await this.#inFlight.add(file.job.stats.size, () => this.#guard(() => this.#copy(file)));
  }

  async #copy({ job, meter, directory }: TreeFile): Promise<void> {
    await directory.make();
    await copyFile(this.#work, job, meter);
  }

  async #send(files: readonly TreeFile[]): Promise<void> {
    const bundler = await this.#bundler();
    if (bundler === undefined) return;
    const ready = await this.#withDirectories(files);
    const byJob = new Map(ready.map((file) => [file.job, file]));
    const { sent, left } = await this.#channels.run(() => bundler(this.#work, [...byJob.keys()]));
    for (const { job, length } of sent) {
      const meter = byJob.get(job)?.meter;
      meter?.expect(length);
      meter?.moved(length);
      await this.#guard(async () => meter?.copied());
    }
    await this.#oneByOne(left.map((job) => byJob.get(job)).filter((file) => file !== undefined));
  }

  async #bundler(): Promise<Bundler | undefined> {
    this.#opened ??= strategy.openBundler?.(this.#work);
    return this.#opened;
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
  async #oneByOne(files: readonly TreeFile[]): Promise<void> {
    const left = files.values();
    const next = async (): Promise<void> => {
      for (const file of left) await this.#guard(() => this.#copy(file));
    };
    await Promise.all(Array.from({ length: Math.min(this.#work.plan.concurrency, FALLBACK, files.length) }, next));
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
