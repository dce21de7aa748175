import { randomUUID } from 'node:crypto';
import { SshConnection } from '../../../src/connection/ssh-connection.js';
import { sh } from '../../../src/core/quote.js';
import type { Answer, QueuedJob, SchedulerKind } from '../../../src/jobs/kinds/scheduler-kind.js';
import { askShell } from '../../../src/remote/batch/ask-shell.js';
import type { SshServer } from '../../rigs/ssh-server.js';
import { waitUntil } from '../../rigs/wait-until.js';
import { targetOf } from '../ssh/target.js';

const RECORD = '.hawser/relax-0123456789';
const ID_ENOUGH = /^\d+\n?$/;

/** The login node of a cluster, on which the command lines of a kind of scheduler are run as they are. */
export class KindGround {
  readonly #kind: SchedulerKind;
  readonly #connection: SshConnection;
  /** Below the home directory, which other test files have, too. */
  readonly #root = `kinds-${randomUUID()}`;
  #jobs = 0;

  constructor(kind: SchedulerKind, server: SshServer) {
    this.#kind = kind;
    this.#connection = new SshConnection({ target: targetOf(server) });
  }

  ask(line: string, cwd: string = '~'): Promise<Answer> {
    return askShell(this.#connection, line, { cwd });
  }

  /** Submits a script, as the helper on the machine does: an answer, and the directory in which it was. */
  async submit(
    script: string,
    { directory, ...o }: Partial<QueuedJob> & { readonly directory?: string } = {},
    before: string = '',
  ): Promise<{ readonly answer: Answer; readonly output: string }> {
    this.#jobs += 1;
    const place = `${this.#root}/${directory ?? this.#jobs}`;
    const job: QueuedJob = {
      name: 'relax',
      token: 'hawser-0123456789-1',
      record: RECORD,
      resources: {},
      walltime: undefined,
      after: [],
      ...o,
    };
    const lines = ['#!/bin/sh', ...this.#kind.directives(job), script, ''];
    const write = sh`mkdir -p -- ${`${place}/${RECORD}`} && cat >${`${place}/${RECORD}/script`}`;
    await this.#connection.execute(write, { input: lines.join('\n'), check: true });
    const answer = await this.ask(`${before}${this.#kind.submitLine(job)}`, `~/${place}`);
    return { answer, output: `${place}/${RECORD}/output` };
  }

  /** Submits a script that is taken. */
  async start(
    script: string,
    o: Parameters<KindGround['submit']>[1] = {},
  ): Promise<{ readonly id: string; readonly output: string }> {
    const { answer, output } = await this.submit(script, o);
    const read = this.#kind.readSubmit(answer);
    if (!('id' in read)) throw new Error(`not submitted: ${JSON.stringify({ read, answer })}`);
    const { stdout } = await this.#connection.execute(this.#kind.idFilter, {
      input: `Welcome, 5 of 7\n${answer.stdout}`,
    });
    if (!ID_ENOUGH.test(stdout) || stdout.trim() !== read.id) throw new Error(`the filter says ${stdout}`);
    return { id: read.id, output };
  }

  /** What the queue says. Throws where it says nothing. */
  async queue(ids: readonly string[], before: string = ''): ReturnType<KindGround['history']> {
    const read = this.#kind.readQueue(await this.ask(`${before}${this.#kind.queueLine(ids)}`));
    if ('failed' in read) throw new Error(read.failed);
    return read.jobs;
  }

  /** What is remembered of jobs. Throws where nothing is said. */
  async history(
    ids: readonly string[],
  ): Promise<Extract<ReturnType<SchedulerKind['readQueue']>, { jobs: object }>['jobs']> {
    const read = this.#kind.readHistory?.(await this.ask(this.#kind.historyLine?.(ids) ?? ''));
    if (read === undefined || 'failed' in read) throw new Error(read?.failed ?? 'there is no history');
    return read.jobs;
  }

  async find(token: string): Promise<unknown> {
    return this.#kind.readFind(await this.ask(this.#kind.findLine(token)), token);
  }

  async cancel(id: string): Promise<string | undefined> {
    return this.#kind.readCancel(await this.ask(this.#kind.cancelLine(id)));
  }

  /** Waits until the queue says this of a job, or until it knows it no more. */
  async waitFor(id: string, state: string | undefined): Promise<void> {
    await waitUntil(`job ${id} to be ${state}`, async () => (await this.queue([id])).get(id)?.state === state, 30_000);
  }

  /** Waits until a file says it. */
  async waitForText(path: string, text: string): Promise<void> {
    const says = async (): Promise<boolean> => (await this.ask(sh`cat -- ${path}`)).stdout.includes(text);
    await waitUntil(`${path} to say ${text}`, says, 30_000);
  }

  async close(): Promise<void> {
    await this.#connection.execute(['rm', '-rf', this.#root]);
    await this.#connection.close();
  }
}
