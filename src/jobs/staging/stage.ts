import { type Abortable, throwIfAborted } from '../../core/abort.js';
import { DisconnectedError } from '../../core/errors.js';
import { FileError } from '../../core/file-error.js';
import { inTime } from '../../core/in-time.js';
import { askShell } from '../../remote/batch/ask-shell.js';
import { readSums } from '../../remote/batch/file-sums.js';
import {
  type FoundStaged,
  findStaged,
  listStage,
  readFoundStaged,
  removeStages,
} from '../../remote/batch/find-staged.js';
import { type Published, publishStaged, readPublished } from '../../remote/batch/publish-staged.js';
import { sendFiles } from './send-files.js';
import { isOfTheDead, stageName } from './stage-name.js';
import { type StagedFile, type StagingFiles, stagedFiles, stampOf } from './staged-file.js';
import { differs, farFailure, vanished } from './staging-error.js';
import type { StagingPlace } from './staging-place.js';

export type { RecordFile, StagingFiles } from './staged-file.js';

/** Options of {@link stage}. */
export interface StageOptions extends Abortable {
  /**
   * Who of this process stages, as letters and digits: a call goes on with what an earlier one of the same name had to leave.
   * Two calls with one name must not run side by side. Default: a name of its own.
   */
  readonly stager?: string;
  /** By which the directory was taken. Default: it is not looked whose it is. */
  readonly claim?: string | undefined;
}

/** What {@link stage} did. */
export interface StagedFiles {
  /**
   * `staged`: all is in place, and the record is READY. `submitted`: somebody who had staged the job submits it, or has;
   * nothing was touched. `outdone`: another job has come to have the directory, and nothing was put in place.
   */
  readonly state: 'staged' | 'submitted' | 'outdone';
  /** The inputs that were sent, by their paths. */
  readonly sent: readonly string[];
  /** Those that were there already. */
  readonly kept: readonly string[];
  /** Bytes that were sent, those of the record included. */
  readonly bytes: number;
}

/** How often it is begun again where somebody else was first, and has removed what was sent. */
const TRIES = 4;

/** How long to clean up behind a failure, in milliseconds. */
const CLEANING = 5000;

/**
 * Puts the files of a job in their places: its inputs, then its record, and READY last. What is there already with the same
 * SHA-256 is not sent. The rest goes into a staging directory in the record, is checked there by the machine, and takes its
 * place by a rename each, once it is known that all of it can. What an earlier call had to leave is taken over or removed.
 *
 * Any number may stage one job side by side: who is first puts it in place, the others find it there.
 *
 * @throws FileError by the machine and the path in the job's directory: `ENOSPC`, `EDQUOT`, `EACCES`, `ENOTDIR`, `EISDIR`;
 *   `ESTALE` where a local file is not what it was when the manifest was made. OptionError. What ends the link. READY is there
 *   only where all is in place.
 */
export async function stage(place: StagingPlace, files: StagingFiles, o: StageOptions = {}): Promise<StagedFiles> {
  return new Staging(place, stagedFiles(files, place.record), o).run();
}

class Staging {
  readonly #place: StagingPlace;
  readonly #files: readonly StagedFile[];
  readonly #stamp: string;
  readonly #name: string;
  readonly #signal: AbortSignal | undefined;
  readonly #named: boolean;
  readonly #claim: string | undefined;
  readonly #sent = new Set<string>();
  #bytes = 0;

  constructor(place: StagingPlace, files: readonly StagedFile[], { stager, signal, claim }: StageOptions) {
    this.#place = place;
    this.#files = files;
    this.#stamp = stampOf(files);
    this.#name = stageName(stager);
    this.#named = stager !== undefined;
    this.#claim = claim;
    this.#signal = signal;
  }

  async run(): Promise<StagedFiles> {
    for (let tries = 1; ; tries += 1) {
      const found = await this.#look();
      if (found.submitted) return this.#result('submitted');
      const missing = this.#missing(found);
      if (missing.length === 0 && found.ready === this.#stamp) {
        await this.#clear(found);
        return this.#result('staged');
      }
      const outcome = await this.#put(found, missing, tries === TRIES);
      if (outcome !== 'gone') return this.#result(outcome === 'published' ? 'staged' : outcome);
      const [first] = missing;
      if (tries === TRIES && first !== undefined) throw vanished(this.#place, first);
    }
  }

  get #stage(): string {
    return `${this.#place.record}/${this.#name}`;
  }

  async #look(): Promise<FoundStaged> {
    const { record } = this.#place;
    const found = readFoundStaged(await this.#ask(findStaged({ record, files: this.#files.map((f) => f.target) })));
    if ('failed' in found) throw farFailure(this.#place, found);
    return found;
  }

  /** What is not there as it is to be. Where the record stands for the same, it matters little who wrote it, and when. */
  #missing({ sums, ready }: FoundStaged): readonly StagedFile[] {
    const same = ready === this.#stamp;
    return this.#files.filter(({ target, sha256, varies }) => {
      const sum = sums.get(target);
      return sum !== sha256 && !(same && varies && sum !== undefined);
    });
  }

  /** Sends what is missing, and puts all of it in place. */
  async #put(found: FoundStaged, missing: readonly StagedFile[], last: boolean): Promise<Published> {
    try {
      if (missing.length > 0) {
        const sent = await this.#send(found, missing);
        if (!sent) return 'gone';
      }
      return await this.#publish(found, missing);
    } catch (error) {
      await this.#cleanUp(error);
      // Who publishes first removes the staging directories of all.
      if (!last && error instanceof FileError && error.code === 'ENOENT') return 'gone';
      throw error;
    }
  }

  /** `false` where it is not there any more. */
  async #send(found: FoundStaged, missing: readonly StagedFile[]): Promise<boolean> {
    const left = await this.#takeOver(found);
    const files = missing.filter(({ waits, sha256 }) => left?.get(`${this.#stage}/${waits}`) !== sha256);
    for (const { ofRecord, path } of files) if (!ofRecord) this.#sent.add(path);
    this.#bytes += files.reduce((sum, { size }) => sum + size, 0);
    const resume = left !== undefined && this.#named;
    await sendFiles(this.#place, files, {
      stage: this.#stage,
      readBack: !found.hasTool,
      resume,
      ...this.#abortable,
    });
    if (!found.hasTool) return true;
    const sums = readSums(await this.#ask(listStage(this.#stage)));
    for (const file of missing) {
      const sum = sums.get(`${this.#stage}/${file.waits}`);
      if (sum === undefined) return false;
      if (sum !== file.sha256) throw differs(this.#place, file);
    }
    return true;
  }

  /** The sums of what an earlier call had to leave, where there is something that is nobody else's. */
  async #takeOver({ stages, hasTool }: FoundStaged): Promise<ReadonlyMap<string, string> | undefined> {
    const mine = stages.find(({ name }) => name === this.#name);
    const free = mine ?? stages.find(({ name, abandoned }) => abandoned || isOfTheDead(name));
    if (free === undefined || !hasTool) return undefined;
    const from = mine === undefined ? `${this.#place.record}/${free.name}` : undefined;
    return readSums(await this.#ask(listStage(this.#stage, from)));
  }

  async #publish({ ready }: FoundStaged, missing: readonly StagedFile[]): Promise<Published> {
    const sent = new Set(missing);
    const files = this.#files.map((file) => ({ ...file, sent: sent.has(file) }));
    const script = publishStaged({
      record: this.#place.record,
      stage: this.#stage,
      inputs: files.filter(({ ofRecord }) => !ofRecord),
      recordFiles: files.filter(({ ofRecord }) => ofRecord),
      stamp: this.#stamp,
      anew: ready === this.#stamp,
      claim: this.#claim,
    });
    const published = readPublished(await this.#ask(script));
    if (typeof published === 'string') return published;
    const none = { failed: 'rename', path: this.#stage, said: 'the shell there was ended before it had done it' };
    throw farFailure(this.#place, published ?? none);
  }

  /** Nothing is to be sent: what nobody will take over goes. */
  async #clear({ stages }: FoundStaged): Promise<void> {
    const free = stages.filter(({ name, abandoned }) => abandoned || name === this.#name || isOfTheDead(name));
    const paths = free.map(({ name }) => `${this.#place.record}/${name}`);
    if (paths.length > 0) await this.#ask(removeStages(paths));
  }

  /** Removes what was sent, but where the link was lost: then nothing can be, or the same stager goes on with it. */
  async #cleanUp(error: unknown): Promise<void> {
    if (!this.#place.connection.connected || (this.#named && error instanceof DisconnectedError)) return;
    const removing = askShell(this.#place.directory, removeStages([this.#stage])).catch(() => {});
    await inTime(removing, CLEANING);
  }

  async #ask(script: string): Promise<string> {
    throwIfAborted(this.#signal, 'staging a job', this.#place.directory.key);
    return (await askShell(this.#place.directory, script, this.#abortable)).stdout;
  }

  get #abortable(): Abortable {
    return { signal: this.#signal };
  }

  #result(state: StagedFiles['state']): StagedFiles {
    const inputs = this.#files.filter(({ ofRecord }) => !ofRecord).map(({ path }) => path);
    return {
      state,
      sent: inputs.filter((path) => this.#sent.has(path)),
      kept: inputs.filter((path) => !this.#sent.has(path)),
      bytes: this.#bytes,
    };
  }
}
