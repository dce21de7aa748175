import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the wrapper around sbatch does besides calling the real one, or instead. */
export type SbatchMood =
  | 'well'
  | 'slow'
  /** Says more than it should, numbers too. */
  | 'chatty'
  /** Says that all went well, and something else than an id; the job is not submitted. */
  | 'nonsense'
  /** Submits the job, and says nothing of it. */
  | 'silent'
  /** `Socket timed out`: the job is not submitted. */
  | 'late-before'
  /** The same; the job has been submitted. */
  | 'late-after'
  /** It is killed, and what started it, before or after it has submitted the job. */
  | 'killed-before'
  | 'killed-after'
  /** Hangs until its mood is another one, before or after it has submitted the job. */
  | 'hangs-before'
  | 'hangs-after';

/** What the wrapper around squeue does. */
export type SqueueMood = 'well' | 'fails' | 'rubbish' | 'hangs';

const LATE = 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation';

const SBATCH = `#!/bin/sh
here=\${0%/*}
mood=$(cat "$here/sbatch.mood")
echo "$mood" >>"$here/sbatch.calls"
for script do :; done
kill_all() {
  read -r host boot helper rest <"\${script%/script}/submit.lock/owner"
  kill -9 "$helper" "$PPID" $$
}
hang() { while [ "$(cat "$here/sbatch.mood")" = "$mood" ]; do sleep 0.05; done; }
case $mood in
  slow) sleep 1 ;;
  chatty) echo 'Welcome! You have 17 jobs.'; echo '2024'; /usr/bin/sbatch "$@"; echo 'Bye'; exit 0 ;;
  nonsense) echo 'Submitted, I think'; exit 0 ;;
  silent) /usr/bin/sbatch "$@" >/dev/null; exit 0 ;;
  late-before) echo '${LATE}' >&2; exit 1 ;;
  late-after) /usr/bin/sbatch "$@" >/dev/null; echo '${LATE}' >&2; exit 1 ;;
  killed-before) kill_all ;;
  killed-after) /usr/bin/sbatch "$@" >/dev/null; kill_all ;;
  hangs-before) hang ;;
  hangs-after) /usr/bin/sbatch "$@"; hang; exit 0 ;;
esac
exec /usr/bin/sbatch "$@"
`;

const SQUEUE = `#!/bin/sh
here=\${0%/*}
mood=$(cat "$here/squeue.mood")
echo "$mood" >>"$here/squeue.calls"
case $mood in
  fails) echo 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)' >&2; exit 1 ;;
  rubbish) echo '<html>squeue is down for maintenance</html>'; exit 0 ;;
  hangs) while [ "$(cat "$here/squeue.mood")" = hangs ]; do sleep 0.05; done ;;
esac
exec /usr/bin/squeue "$@"
`;

/** A directory with an sbatch and an squeue that do what a test tells them to, around the real ones. */
export class MoodySlurm implements AsyncDisposable {
  readonly #directory: string;

  static async start(): Promise<MoodySlurm> {
    const directory = await mkdtemp(join(tmpdir(), 'hawser-moody-'));
    await chmod(directory, 0o755);
    for (const [name, text] of Object.entries({ sbatch: SBATCH, squeue: SQUEUE })) {
      await writeFile(join(directory, name), text, { mode: 0o755 });
      await writeFile(join(directory, `${name}.mood`), 'well\n');
      await writeFile(join(directory, `${name}.calls`), '');
      await chmod(join(directory, `${name}.calls`), 0o666);
    }
    return new MoodySlurm(directory);
  }

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** What a machine's `envSetup` has to say so that these come before the real ones. */
  get envSetup(): string {
    return `PATH=${this.#directory}:$PATH`;
  }

  /** From the next call on; what hangs goes on. */
  async sbatch(mood: SbatchMood): Promise<void> {
    await writeFile(join(this.#directory, 'sbatch.mood'), `${mood}\n`);
  }

  /** From the next call on; what hangs goes on. */
  async squeue(mood: SqueueMood): Promise<void> {
    await writeFile(join(this.#directory, 'squeue.mood'), `${mood}\n`);
  }

  /** How often a command was called. */
  async calls(command: 'sbatch' | 'squeue'): Promise<number> {
    return (await readFile(join(this.#directory, `${command}.calls`), 'utf8')).split('\n').length - 1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}
