import { randomBytes } from 'node:crypto';
import type { Connection } from '../connection/connection.js';
import { ChannelError } from '../core/errors.js';
import { formatSize } from '../core/format-size.js';
import { HawserError } from '../core/hawser-error.js';
import { askShell, type ShellAnswer } from '../remote/batch/ask-shell.js';
import { withEnvSetup } from '../remote/batch/env-setup.js';
import {
  CLOCK_SCRIPT,
  readClock,
  readWho,
  readWorkdirAnswer,
  sizeScript,
  WHO_SCRIPT,
  WORKDIR_SCRIPT,
} from '../remote/batch/machine-probe.js';
import type { RemoteDirectory } from '../remote/directory/remote-directory.js';
import type { JobMachine } from './job-machine.js';
import { schedulerKind } from './kinds/registry.js';
import type { MachineCheckName, MachineFacts } from './machine-report.js';

/** What came of looking at one thing. */
export interface Finding {
  readonly ok: boolean;
  /** Whether it could not be looked at, because of another that failed. */
  readonly skipped?: true;
  readonly detail: string;
  readonly advice?: string;
  readonly facts?: MachineFacts;
}

/** Looks at one thing. What it throws, but for an abort, is what was wrong. */
export type Look = (connection: Connection, signal: AbortSignal | undefined) => Promise<Finding>;

/** How long one thing may take, in milliseconds: a scheduler that is busy answers late. */
const PATIENCE = 20_000;
/** Clocks further apart than this make times and time limits useless, in milliseconds. */
const MOST_SKEW = 60_000;
/** The quickest of so many answers tells the time best. */
const CLOCK_ANSWERS = 3;
/** Less than this is as good as none, in bytes. */
const LEAST_SPACE = 100 * 1024 * 1024;
/** All byte values, past the size of one SFTP request. */
const FILE_SIZE = 300_000;

/** What is looked at on a machine that is connected, in this order. */
export function checksOf(machine: JobMachine): readonly (readonly [MachineCheckName, Look])[] {
  const workdir = new Workdir(machine.workdir);
  return [
    ['shell', quietShell],
    ['whoami', whoAmI],
    ['clock', clock],
    ['workdir', (connection, signal) => workdir.look(connection, signal)],
    ['space', async () => workdir.space()],
    ['files', (connection, signal) => files(connection, workdir.directory, signal)],
    ['scheduler', (connection, signal) => scheduler(machine, connection, signal)],
  ];
}

/** Runs nothing, as it is, without our wrapper: whatever comes is not ours. */
const quietShell: Look = async (connection, signal) => {
  const { stdout, stderr, ok, status } = await connection.execute('true', { bare: true, timeout: PATIENCE, signal });
  if (!ok) {
    const advice = 'is the login shell there, and does it run commands?';
    return { ok, detail: `the command "true" ended with ${status ?? 'no status'}`, advice };
  }
  const said = [stdout, stderr].map((text) => Buffer.byteLength(text));
  const noiseBytes = said.reduce((sum, bytes) => sum + bytes, 0);
  if (noiseBytes === 0) return { ok: true, detail: 'start-up files print nothing', facts: { noiseBytes } };
  const [onStdout = 0, onStderr = 0] = said;
  const where = [onStdout > 0 ? `${onStdout} bytes on stdout` : '', onStderr > 0 ? `${onStderr} on stderr` : ''];
  const text = `${stdout}${stderr}`.trim().replaceAll(/\s+/gu, ' ');
  return {
    ok: false,
    detail: `start-up files print ${where.filter((one) => one !== '').join(', ')}: ${text.slice(0, 60)}`,
    advice: 'jobs are not disturbed, other programs may be: let start-up files print to terminals alone',
    facts: { noiseBytes },
  };
};

const whoAmI: Look = async (connection, signal) => {
  const answer = await ask(connection, WHO_SCRIPT, signal);
  const who = readWho(answer.stdout);
  if (who === undefined) return unclear(answer);
  return { ok: true, detail: `${who.user} on ${who.host}, home ${who.home}, shell ${who.shell}` };
};

const clock: Look = async (connection, signal) => {
  let best: { skew: number; within: number } | undefined;
  for (let i = 0; i < CLOCK_ANSWERS; i += 1) {
    const asked = Date.now();
    const answer = await ask(connection, CLOCK_SCRIPT, signal);
    const half = (Date.now() - asked) / 2;
    const told = readClock(answer.stdout);
    if (told === undefined) return unclear(answer);
    const within = half + told.within;
    if (best === undefined || within < best.within) best = { skew: told.at - asked - half, within };
  }
  const { skew = 0, within = 0 } = best ?? {};
  const facts = { skewMs: Math.round(skew) };
  if (Math.abs(skew) <= within) return { ok: true, detail: `as ours, within ${Math.ceil(within)} ms`, facts };
  const ok = Math.abs(skew) - within <= MOST_SKEW;
  const detail = `${span(Math.abs(skew))} ${skew > 0 ? 'ahead' : 'behind'}, within ${Math.ceil(within)} ms`;
  return ok ? { ok, detail, facts } : { ok, detail, advice: 'one of the two clocks is wrong: set it by NTP', facts };
};

/** The directory that all jobs work below. */
class Workdir {
  readonly #path: string;
  #free: number | undefined;
  #total: number | undefined;
  /** Once it is known to be there and to be written to. */
  directory: RemoteDirectory | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  async look(connection: Connection, signal: AbortSignal | undefined): Promise<Finding> {
    const path = this.#path;
    const wasThere = await isThere(connection, path, signal);
    const directory = await connection.directory(path, { mode: 0o700, signal });
    const answer = await askShell(directory, WORKDIR_SCRIPT, { timeout: PATIENCE, signal });
    const { path: whole, free, total } = readWorkdirAnswer(answer.stdout);
    if (answer.status !== 0) {
      const why = answer.stderr.trim().split(': ').at(-1) ?? '';
      const advice = 'choose a `workdir` of this user, or have its owner let him write there';
      return { ok: false, detail: `${whole === '' ? path : whole} cannot be written to: ${why}`, advice };
    }
    this.directory = directory;
    this.#free = free;
    this.#total = total;
    return { ok: true, detail: `${whole} ${wasThere ? 'can be written to' : 'made'}` };
  }

  space(): Finding {
    if (this.directory === undefined)
      return { ok: false, skipped: true, detail: 'not looked at: nothing can be written there' };
    const free = this.#free;
    if (free === undefined) return { ok: true, detail: 'not known: the machine does not tell' };
    const detail = `${formatSize(free)} free of ${formatSize(this.#total ?? 0)}`;
    const facts = { freeBytes: free };
    if (free >= LEAST_SPACE) return { ok: true, detail, facts };
    return { ok: false, detail, advice: 'make room, or choose a `workdir` on another file system', facts };
  }
}

/** Whether a directory is there that commands can enter. */
async function isThere(connection: Connection, path: string, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await askShell(connection, 'exit 0\n', { cwd: path, timeout: PATIENCE, signal });
    return true;
  } catch (error) {
    if (error instanceof ChannelError && error.reason === 'cwd') return false;
    throw error;
  }
}

/** Sends bytes, looks at them as commands see them, and fetches them. */
async function files(
  connection: Connection,
  workdir: RemoteDirectory | undefined,
  signal: AbortSignal | undefined,
): Promise<Finding> {
  const directory = workdir ?? (await connection.directory(await connection.os.tmpdir({ signal }), { signal }));
  const bytes = randomBytes(FILE_SIZE);
  const name = `.hawser-test-${bytes.toString('hex', 0, 8)}`;
  try {
    await directory.fs.writeFile(name, bytes, { mode: 0o600, signal });
    const back = await directory.fs.readFile(name, { signal });
    const seen = await askShell(directory, sizeScript(name), { timeout: PATIENCE, signal });
    if (!bytes.equals(back)) {
      const advice = 'something on the way changes what files hold: ask who runs the machine';
      return { ok: false, detail: `what came back is not what was sent (${back.length} bytes)`, advice };
    }
    if (Number(seen.stdout) !== FILE_SIZE) {
      const advice = 'SFTP is confined to another root there: name the `workdir` from the home directory on';
      return { ok: false, detail: `commands do not find what was sent to ${directory.path}`, advice };
    }
    const kind = await connection.files.use(async ({ files: driver }) => driver.kind, { signal });
    // It works, and takes its time: many files are better sent to a machine that has SFTP.
    const how = kind === 'shell' ? ', through its shell: there is no SFTP' : '';
    return { ok: true, detail: `${formatSize(FILE_SIZE)} there and back in ${directory.path}${how}` };
  } finally {
    await directory.fs.rm(name, { force: true }).catch((error: unknown) => {
      if (!(error instanceof HawserError)) throw error;
    });
  }
}

async function scheduler(
  { scheduler: name, envSetup }: JobMachine,
  connection: Connection,
  signal: AbortSignal | undefined,
): Promise<Finding> {
  const kind = schedulerKind(name);
  const answer = await ask(connection, withEnvSetup(envSetup, kind.probeLine), signal);
  const reading = kind.readProbe(answer);
  if ('version' in reading) return { ok: true, detail: `${name}: ${reading.version}` };
  const notFound = answer.status === 127;
  return {
    ok: false,
    detail: `${name} does not answer: ${reading.missing}`,
    ...(notFound
      ? { advice: 'if it is there after a login by hand, let `envSetup` say how, such as ". /etc/profile"' }
      : {}),
  };
}

function ask(connection: Connection, script: string, signal: AbortSignal | undefined): Promise<ShellAnswer> {
  return askShell(connection, script, { timeout: PATIENCE, signal });
}

function unclear({ status, stdout, stderr }: ShellAnswer): Finding {
  return { ok: false, detail: `the answer means nothing (status ${status ?? 'unknown'}): ${stdout} ${stderr}` };
}

function span(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
