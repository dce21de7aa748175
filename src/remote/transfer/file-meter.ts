import type { FileJob } from './file-job.js';
import type { Work } from './work.js';

/** What the progress of one file comes to, so that it can be taken back. */
export class FileMeter {
  readonly #work: Work;
  readonly #job: FileJob;
  #expected: number;
  #bytes = 0;

  /** A file was found that is to be copied. */
  constructor(work: Work, job: FileJob) {
    this.#work = work;
    this.#job = job;
    this.#expected = job.stats.size;
    work.course.counting(this);
    work.meter.found(this.#expected);
  }

  /** It has another size than it was found with. */
  expect(size: number): void {
    this.#work.meter.corrected(0, size - this.#expected);
    this.#expected = size;
  }

  /** Bytes of it have arrived. */
  moved(length: number): void {
    this.#bytes += length;
    this.#work.stall.moved();
    this.#work.meter.moved(this.#job.path, length);
    this.#work.course.reached(this.#work.meter.bytes);
  }

  /** What had arrived of it is of no use: it begins again. */
  restart(): void {
    this.moved(-this.#bytes);
  }

  /** Bytes of it were there from an earlier transfer. */
  resumed(length: number): void {
    if (length === 0) return;
    this.#bytes += length;
    this.#work.meter.resumed(this.#job.path, length);
  }

  /** It is in its place: counted, and its source removed where that is asked for. */
  async copied(): Promise<void> {
    const { plan, tally, meter, stall, from, course } = this.#work;
    course.counted(this);
    tally.file(this.#job.path, this.#bytes);
    meter.finished(this.#job.path);
    stall.moved();
    if (plan.removeSource && !plan.dryRun) await from.files.unlink(this.#job.source);
  }

  /** It is not copied after all. */
  forget(): void {
    this.#work.course.counted(this);
    this.#work.meter.corrected(-1, -this.#expected);
    this.#work.meter.resumed(this.#job.path, -this.#bytes);
  }
}
