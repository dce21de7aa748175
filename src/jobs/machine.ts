import type { TargetLike } from '../connection/create-connection.js';
import { concealed } from '../core/secret.js';
import type { MachineAuth, MachineFields, MachineRecord } from '../inventory/machines/machine-record.js';
import {
  checkMachine,
  machineOfQueue,
  type ParseMachineOptions,
  parseMachine,
} from '../inventory/machines/parse-machine.js';
import { type Queue, queueOf } from '../inventory/machines/queue.js';
import type { Target } from '../inventory/target.js';
import type { Resources } from './job-spec.js';
import { MachineDirectory } from './machine-directory.js';
import type { MachineReport, MachineTestOptions } from './machine-report.js';

/** What is needed to log in to a machine and stands in no file: it is in no record, no queue, and is never shown. */
export type MachineCredentials = Pick<Target, 'password' | 'passphrase' | 'keyboardInteractive'>;

/** Options of {@link Machine.save}. */
export interface SaveMachineOptions {
  /** Default `~/.config/hawser/machines`. */
  readonly directory?: string | undefined;
  /** Whether a file that is there already is replaced. Default `true`. */
  readonly replace?: boolean | undefined;
}

/**
 * A machine that jobs run on: this one, or one that is reached by SSH; its scheduler; and what each of its jobs begins
 * with. It opens nothing by itself.
 *
 * @example
 * const hpc = new Machine({ name: 'hpc', host: 'login.hpc.example', scheduler: 'slurm', workdir: '~/runs' });
 * await hpc.save();
 * const report = await hpc.test();
 */
export class Machine {
  /** All that it is, as plain data that may be kept. */
  readonly record: MachineRecord;
  /** Whom to connect to; `undefined`: this machine itself. */
  readonly target: TargetLike | undefined;

  /** @throws OptionError that names the field which cannot be meant. */
  constructor(fields: MachineFields, credentials: MachineCredentials = {}) {
    this.record = checkMachine(fields);
    this.target = targetOf(this.record, credentials);
  }

  /**
   * The machine that a text in YAML or JSON means.
   *
   * @throws ParseError with file, line and column, that names the field.
   */
  static parse(text: string, o: ParseMachineOptions = {}): Machine {
    return new Machine(parseMachine(text, o));
  }

  /** The machine of a queue: the same that {@link toQueue} was asked of. Throws OptionError that names the field. */
  static fromQueue(queue: Queue): Machine {
    return new Machine(machineOfQueue(queue));
  }

  get name(): string {
    return this.record.name;
  }

  get execution(): 'local' | 'remote' {
    return this.record.execution;
  }

  /** The name of its kind of scheduler. */
  get scheduler(): string {
    return this.record.scheduler;
  }

  /** Below which all jobs work: absolute, or from the home directory on (`~`, `~/runs`). */
  get workdir(): string {
    return this.record.workdir;
  }

  get host(): string | undefined {
    return this.record.host;
  }

  get port(): number | undefined {
    return this.record.port;
  }

  get username(): string | undefined {
    return this.record.username;
  }

  get auth(): MachineAuth | undefined {
    return this.record.auth;
  }

  /** What goes before each command, with `{nprocs}` in it. */
  get launcher(): string | undefined {
    return this.record.launcher;
  }

  get nprocs(): number | undefined {
    return this.record.nprocs;
  }

  /** The modules that each job loads: none where `useModules` is `false`, whatever the record has. */
  get modules(): readonly string[] | undefined {
    return this.record.useModules === false ? undefined : this.record.modules;
  }

  get resources(): Resources | undefined {
    return this.record.resources;
  }

  /** The longest that a job may run where it does not say so itself, in milliseconds. */
  get walltime(): number | undefined {
    return this.record.walltime;
  }

  get prepend(): string | undefined {
    return this.record.prepend;
  }

  get postpend(): string | undefined {
    return this.record.postpend;
  }

  get envSetup(): string | undefined {
    return this.record.envSetup;
  }

  get env(): Readonly<Record<string, string>> | undefined {
    return this.record.env;
  }

  get shebang(): string | undefined {
    return this.record.shebang;
  }

  /** The machine as one flat object; {@link Machine.fromQueue} gives it back, but for credentials. */
  toQueue(): Queue {
    // What is done to a queue is not done to the machine.
    return structuredClone(queueOf(this.record));
  }

  toJSON(): MachineRecord {
    return this.record;
  }

  /**
   * Writes it to a file of its own, NAME.yaml, or the one of that name that is there, in one step. Nobody else may read it
   * (0600), nor the directory, where that had to be made (0700). Comments of a file that was there are lost.
   *
   * @returns the path of the file.
   * @throws FileError; with `replace: false` for a machine of that name that is there.
   */
  async save(o: SaveMachineOptions = {}): Promise<string> {
    return new MachineDirectory(o.directory).save(this.record, o);
  }

  /**
   * Looks at all that jobs need of it, over its session: each thing that can be looked at, whatever was wrong with another.
   * A failing check throws nothing.
   *
   * @throws OptionError for a target that cannot be meant; AbortError.
   */
  async test(o: MachineTestOptions = {}): Promise<MachineReport> {
    const { testMachine } = await import('./test-machine.js');
    return testMachine(this, o);
  }
}

/** What is secret in a target is readable by name alone: no `inspect`, JSON or spread shows it. */
function targetOf(
  { execution, host, port, username, auth }: MachineRecord,
  credentials: MachineCredentials,
): Target | undefined {
  if (execution === 'local' || host === undefined) return undefined;
  const target: Target = {
    host,
    ...(port === undefined ? {} : { port }),
    ...(username === undefined ? {} : { username }),
    ...auth,
    ...credentials,
  };
  return concealed(target, ['password', 'passphrase', 'keyboardInteractive']);
}
