/** A process, so described that no other is taken for it. A part is `-` where the machine does not tell it. */
export interface FarOwner {
  readonly host: string;
  /** Of the boot of that machine: the process is gone after the next one. */
  readonly boot: string;
  readonly pid: number;
  /** When the process began, in the machine's own terms. */
  readonly start: string;
}

/** The helper that took a record's lock, in order to submit. */
export interface FarLock {
  /** `undefined`: it has just come, or was killed before it could write who it is. */
  readonly owner: FarOwner | undefined;
  /** Whether the owner still runs; `undefined` where this machine cannot tell: it is another one, or there is no owner. */
  readonly alive: boolean | undefined;
  /** Whether it came to run the submit line. If not, nothing was submitted, and nothing will be once the lock is cleared. */
  readonly begun: boolean;
  /** It found that another job has come to have the directory, and has left: nothing was submitted. */
  readonly outdone?: true;
}

/** What the submit line answered. It is there as a whole or not at all. */
export interface FarSubmit {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How the job's script began. */
export interface FarStart extends FarOwner {
  /** Milliseconds since 1970, by the machine's clock. */
  readonly at: number;
  /** The scheduler's id of the run, as the script was told. */
  readonly id: string;
}

/** How the job's command ended. */
export interface FarExit {
  readonly status: number;
  /** Milliseconds since 1970, by the machine's clock. */
  readonly at: number;
  /** The signal by which the script was told to end, such as `SIGTERM`. */
  readonly signal?: string;
}

/** What the record of a job on its machine tells. */
export interface FarRecord {
  /** There is no such record. Only this says so: with `trouble` nothing is to be concluded from what is not there. */
  readonly missing: boolean;
  /** Its files are staged in full. */
  readonly ready: boolean;
  /** Somebody is about to put its files in their places. */
  readonly publishing?: true;
  readonly lock?: FarLock;
  readonly submit?: FarSubmit;
  /** The scheduler's id, from what the submit line printed, or as somebody has found it in the queue. */
  readonly id?: string;
  /** Whether it was found in the queue, and says what the answer to the submission does not: see `noteIds`. */
  readonly found?: true;
  readonly started?: FarStart;
  readonly exit?: FarExit;
  /** Somebody is about to have it cancelled right now. */
  readonly cancelling?: true;
  /** Since when somebody had it cancelled, and the scheduler did it: milliseconds since 1970, by the machine's clock. */
  readonly cancelled?: { readonly at: number };
  /** When it was ended, since its walltime was up, where no scheduler does that: by the machine's clock, as the others. */
  readonly timedOut?: { readonly at: number };
  /** Whether somebody has looked for it in the queue in vain: see `countMisses`. */
  readonly missed?: true;
  /** What could not be read, and why. */
  readonly trouble?: string;
}
