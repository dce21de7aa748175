import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quote } from '../../src/core/quote.js';
import type { JobState } from '../../src/jobs/job-state.js';
import { registerScheduler } from '../../src/jobs/kinds/registry.js';
import type { SchedulerKind } from '../../src/jobs/kinds/scheduler-kind.js';
import { waitUntil } from '../rigs/wait-until.js';

/** What the toy does when it is given a job. */
export type ToyMood = 'well' | 'refuse' | 'full' | 'full-once' | 'hang' | 'unclear' | 'unclear-but-took' | 'held';

/**
 * A scheduler of a few lines of sh, which does what a test tells it to. Its queue is a directory: a file for each job that
 * waits or runs, with the job's token in it. It lets nothing run at the same time that it is not told to.
 */
export interface Toy {
  readonly name: string;
  readonly directory: string;
  /** From the next submission on. */
  mood(mood: ToyMood): Promise<void>;
  /** Waits until it hangs over a submission. */
  hanging(): Promise<void>;
  /** Whether it answers questions about its queue. */
  deaf(deaf: boolean): Promise<void>;
  /** Lets jobs go that were taken while its mood was `held`. */
  release(): Promise<void>;
  /** The tokens of all that were ever given to it, in order. */
  submissions(): Promise<string[]>;
  /** How often its queue was asked. */
  queries(): Promise<number>;
  stop(): Promise<void>;
}

const SUBMIT = `#!/bin/sh
cd "$(dirname "$0")"
token=$1 script=$2 output=$3 where=$4
mood=$(cat mood)
case $mood in
  refuse) echo 'error: no such queue' >&2; exit 1 ;;
  full) echo 'error: too many jobs' >&2; exit 1 ;;
  full-once) echo well >mood; echo 'error: too many jobs' >&2; exit 1 ;;
  unclear) echo 'error: timed out' >&2; exit 1 ;;
  hang) echo >hanging; while [ "$(cat mood)" = hang ]; do sleep 0.05; done ;;
esac
id=1
while ! mkdir "ids/$id" 2>/dev/null; do id=$((id + 1)); done
echo "$token" >>submitted
echo "$token queued" >"queue/$id"
(
  while [ -e hold ]; do sleep 0.05; done
  [ -e "queue/$id" ] || exit 0
  echo "$token running" >"queue/$id"
  cd "$where"
  TOY_ID=$id sh "$script" >>"$output" 2>&1
  rm -f "$OLDPWD/queue/$id"
) </dev/null >/dev/null 2>&1 &
[ "$mood" != unclear-but-took ] || { echo 'error: timed out' >&2; exit 1; }
echo "job $id"
`;

const QUEUE = `#!/bin/sh
cd "$(dirname "$0")"
echo asked >>queries
[ ! -e deaf ] || { echo 'error: no answer from the queue' >&2; exit 1; }
for file in queue/*; do [ ! -e "$file" ] || echo "\${file#queue/} $(cat "$file")"; done
`;

/** Starts the toy, and makes it known by a name of its own. */
export async function startToy(): Promise<Toy> {
  const directory = await mkdtemp(join(tmpdir(), 'hawser-toy-'));
  await chmod(directory, 0o777);
  for (const name of ['queue', 'ids']) {
    await mkdir(join(directory, name));
    await chmod(join(directory, name), 0o777);
  }
  for (const [name, text] of Object.entries({ submit: SUBMIT, ask: QUEUE })) {
    await writeFile(join(directory, name), text, { mode: 0o755 });
  }
  for (const [name, text] of Object.entries({ mood: 'well\n', submitted: '', queries: '' })) {
    await writeFile(join(directory, name), text);
    await chmod(join(directory, name), 0o666);
  }
  const name = `toy${directory.slice(-6).replace(/[^A-Za-z0-9]/g, '_')}`;
  const forget = registerScheduler(kindOf(name, directory));
  const lines = async (file: string): Promise<string[]> =>
    (await readFile(join(directory, file), 'utf8')).split('\n').filter((line) => line !== '');
  return {
    name,
    directory,
    async mood(mood) {
      await rm(join(directory, 'hanging'), { force: true });
      if (mood === 'held') await writeFile(join(directory, 'hold'), '');
      await writeFile(join(directory, 'mood'), `${mood}\n`);
    },
    hanging: () => waitUntil('the toy to hang', async () => (await readdir(directory)).includes('hanging')),
    async deaf(deaf) {
      if (deaf) await writeFile(join(directory, 'deaf'), '');
      else await rm(join(directory, 'deaf'), { force: true });
    },
    release: () => rm(join(directory, 'hold'), { force: true }),
    submissions: () => lines('submitted'),
    queries: async () => (await lines('queries')).length,
    async stop() {
      forget();
      await rm(join(directory, 'hold'), { force: true });
      for (const id of await readdir(join(directory, 'queue'))) await rm(join(directory, 'queue', id), { force: true });
      await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function kindOf(name: string, directory: string): SchedulerKind {
  const at = (file: string): string => quote(join(directory, file));
  const read = (text: string): (readonly [string, string, string])[] =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [id = '', token = '', state = ''] = line.split(' ');
        return [id, token, state];
      });
  return {
    name,
    idVariable: 'TOY_ID',
    directives: () => [],
    submitLine: ({ token, record }) =>
      `${at('submit')} ${quote(token)} ${quote(`${record}/script`)} ${quote(`${record}/output`)} "$PWD"`,
    idFilter: "sed -n 's/^job //p'",
    readSubmit({ status, stdout, stderr }) {
      const id = /^job (\d+)/m.exec(stdout)?.[1];
      if (status === 0 && id !== undefined) return { id };
      if (/no such queue/.test(stderr)) return { refused: 'no such queue', again: false };
      return /too many/.test(stderr) ? { refused: 'too many jobs', again: true } : { unclear: stderr.trim() };
    },
    queueLine: () => at('ask'),
    readQueue({ status, stdout, stderr }) {
      if (status !== 0) return { failed: stderr.trim() };
      const states: Record<string, JobState> = { queued: { state: 'queued' }, running: { state: 'running' } };
      return {
        jobs: new Map(read(stdout).map(([id, , word]) => [id, { ...(states[word] ?? { state: 'unknown' }), word }])),
      };
    },
    findLine: () => at('ask'),
    readFind({ status, stdout, stderr }, token) {
      if (status !== 0) return { failed: stderr.trim() };
      return { ids: read(stdout).flatMap(([id, own]) => (own === token ? [id] : [])) };
    },
    cancelLine: (id) => `rm ${quote(join(directory, 'queue', id))}`,
    readCancel: ({ status, stderr }) => (status === 0 ? undefined : stderr.trim()),
    probeLine: 'true',
    readProbe: () => ({ version: 'toy' }),
  };
}
