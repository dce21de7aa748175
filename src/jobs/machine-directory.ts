import { chmod, readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { HawserError, OptionError } from '../core/hawser-error.js';
import { configDirectory, expandHome } from '../core/home.js';
import { makeDirectories } from '../core/make-directories.js';
import { didYouMean } from '../core/nearest-name.js';
import { machineNameFault } from '../inventory/machines/machine-name.js';
import type { MachineRecord } from '../inventory/machines/machine-record.js';
import {
  checkMachineName,
  parseMachine,
  parseMachines,
  type SharedMachines,
} from '../inventory/machines/parse-machine.js';
import { formatMachine, formatShared } from '../inventory/machines/write-machine.js';
import { localError } from '../remote/files/local/local-error.js';
import { writePrivateFile } from '../remote/files/local/private-file.js';
import { readShortFile } from '../remote/files/local/short-file.js';

/** A machine as it was found. */
export interface KeptMachine {
  readonly record: MachineRecord;
  /** The file that has it. */
  readonly file: string;
}

/** A name that a machine is kept under; `error` says why it cannot be read. */
export interface ListedMachine {
  readonly name: string;
  readonly file: string;
  /** Whether it is the one that is meant where none is named. */
  readonly isDefault: boolean;
  readonly record?: MachineRecord;
  readonly error?: HawserError;
}

/** Options of writing a machine down. */
export interface WriteOptions {
  /** Whether a machine of that name that is there is replaced. Default `true`. */
  readonly replace?: boolean | undefined;
}

const ENDINGS = ['.yaml', '.yml', '.json'] as const;
/** What the files are called that hold several machines. */
const SHARED = 'machines';
const READING = { doing: 'reading a machine' } as const;

/** The files of a directory that are about machines: their paths. */
interface MachineFiles {
  /** By the machine's name. */
  readonly own: ReadonlyMap<string, readonly string[]>;
  readonly shared: readonly string[];
}

/** The file of several machines, where there is one. */
interface Shared {
  readonly machines: SharedMachines;
  readonly file: string;
}

/**
 * The directory that machines are kept in: NAME.yaml, NAME.yml or NAME.json for each, or machines.yaml (.yml, .json) for
 * several and for the `default`. A machine's own file wins over what that has of the same name.
 */
export class MachineDirectory {
  readonly path: string;

  constructor(path?: string, env: Readonly<Record<string, string | undefined>> = process.env) {
    if (path !== undefined && (typeof path !== 'string' || path === '' || path.includes('\0'))) {
      throw new OptionError(`Expected the \`directory\` of machines to be a path, got ${JSON.stringify(path)}`);
    }
    this.path = path === undefined ? machinesDirectory(env) : expandHome(path);
  }

  /** Loads a machine; without a name the default one. Throws as `loadMachine` does. */
  async load(name?: string): Promise<KeptMachine> {
    if (name !== undefined) checkMachineName(name);
    const files = await this.#files();
    if (name !== undefined && files.own.has(name)) return this.#readOwn(name, files);
    const shared = await this.#readShared(files);
    const wanted = name ?? this.#default(files, shared);
    const found = await this.#find(wanted, files, shared);
    if (found !== undefined) return found;
    throw this.#missing(wanted, name === undefined ? shared : undefined, namesOf(files, shared));
  }

  /**
   * All machines that are kept, by name, those that cannot be read with what is wrong with them. A directory that is not
   * there has none.
   *
   * @throws FileError for a directory that cannot be read; ParseError, OptionError where machines.yaml cannot be used at all.
   */
  async list(): Promise<readonly ListedMachine[]> {
    const files = await this.#files();
    const shared = await this.#readShared(files);
    const names = namesOf(files, shared);
    const chosen = chosenOf(names, shared);
    return Promise.all(
      names.map(async (name): Promise<ListedMachine> => {
        const file = files.own.get(name)?.[0] ?? shared?.file ?? this.path;
        const about = { name, file, isDefault: name === chosen };
        try {
          const found = await this.#find(name, files, shared);
          return found === undefined ? about : { ...about, record: found.record };
        } catch (error) {
          if (error instanceof HawserError) return { ...about, error };
          throw error;
        }
      }),
    );
  }

  /** The file that {@link save} would write. Throws as that does, and writes nothing. */
  async fileFor({ name }: MachineRecord, { replace = true }: WriteOptions = {}): Promise<string> {
    const files = await this.#files();
    const own = this.#theOne(name, files.own.get(name) ?? []);
    const found = replace ? undefined : (own ?? (await this.#sharedFileOf(name, files)));
    if (found === undefined) return own ?? join(this.path, `${name}.yaml`);
    throw new OptionError(`There is a machine ${name} already, in ${found}.`);
  }

  /** Writes a machine to a file of its own, and gives its path. Throws as `Machine.save` does. */
  async save(record: MachineRecord, o: WriteOptions = {}): Promise<string> {
    const file = await this.fileFor(record, o);
    const doing = `saving the machine ${record.name}`;
    await this.#make(doing);
    const format = extname(file) === '.json' ? 'json' : 'yaml';
    await writePrivateFile(file, formatMachine(record, format), { doing, replace: o.replace });
    return file;
  }

  /**
   * Writes down which machine is meant where none is named, if nothing says so yet.
   *
   * @returns whether it was written: not where a file for several machines is there.
   */
  async chooseDefault(name: string): Promise<boolean> {
    checkMachineName(name);
    const { shared } = await this.#files();
    if (shared.length > 0) return false;
    const doing = `choosing the machine ${name}`;
    await this.#make(doing);
    await writePrivateFile(join(this.path, `${SHARED}.yaml`), formatShared(name), { doing, replace: false });
    return true;
  }

  async #make(doing: string): Promise<void> {
    try {
      const made = await makeDirectories(this.path, 0o700);
      // A umask may have taken more than it should from the mode that was asked for.
      if (made !== undefined) await chmod(this.path, 0o700);
    } catch (error) {
      throw localError(error, { syscall: 'mkdir', path: this.path, detail: doing });
    }
  }

  async #files(): Promise<MachineFiles> {
    const names = await readdir(this.path).catch((error: unknown) => {
      const failure = localError(error, { syscall: 'scandir', path: this.path, detail: 'looking for machines' });
      if (failure.code === 'ENOENT') return [];
      throw failure;
    });
    const own = new Map<string, string[]>();
    const shared: string[] = [];
    for (const file of names.toSorted()) {
      const ending = ENDINGS.find((one) => file.endsWith(one));
      if (ending === undefined) continue;
      const stem = file.slice(0, -ending.length);
      if (stem === SHARED) shared.push(join(this.path, file));
      else if (machineNameFault(stem) === undefined) own.set(stem, [...(own.get(stem) ?? []), join(this.path, file)]);
    }
    return { own, shared };
  }

  async #find(name: string, files: MachineFiles, shared: Shared | undefined): Promise<KeptMachine | undefined> {
    if (files.own.has(name)) return this.#readOwn(name, files);
    return shared?.machines.names.includes(name)
      ? { record: shared.machines.read(name), file: shared.file }
      : undefined;
  }

  async #readOwn(name: string, files: MachineFiles): Promise<KeptMachine> {
    const file = this.#theOne(name, files.own.get(name) ?? []) ?? this.path;
    return { record: parseMachine(await readShortFile(file, READING), { name, file }), file };
  }

  async #readShared({ shared }: MachineFiles): Promise<Shared | undefined> {
    const file = this.#theOne(SHARED, shared);
    return file === undefined ? undefined : { machines: parseMachines(await readShortFile(file, READING), file), file };
  }

  /** The file of several machines that has one of this name. */
  async #sharedFileOf(name: string, files: MachineFiles): Promise<string | undefined> {
    const shared = await this.#readShared(files);
    return shared?.machines.names.includes(name) ? shared.file : undefined;
  }

  #theOne(name: string, files: readonly string[]): string | undefined {
    const [file, ...others] = files;
    if (others.length === 0) return file;
    const what = name === SHARED ? 'Machines are' : `The machine ${name} is`;
    throw new OptionError(`${what} in several files: ${files.join(', ')}. Keep one of them.`);
  }

  #default(files: MachineFiles, shared: Shared | undefined): string {
    const names = namesOf(files, shared);
    const chosen = chosenOf(names, shared);
    if (chosen !== undefined) return chosen;
    if (names.length === 0) throw new OptionError(`There are no machines in ${this.path}. ${HOW_TO_BEGIN}`);
    throw new OptionError(
      `No machine was named, and ${this.path} has no default. Name one of ${names.join(', ')}, or write a line ` +
        '"default: NAME" into machines.yaml there.',
    );
  }

  #missing(name: string, choice: Shared | undefined, names: readonly string[]): OptionError {
    const called = JSON.stringify(name);
    const what =
      choice === undefined
        ? `There is no machine ${called}`
        : `${choice.file} has the default ${called}, which is no machine`;
    const looked = `looked for ${ENDINGS.map((ending) => `${name}${ending}`).join(', ')} and in machines.yaml`;
    const known = names.length === 0 ? `There are none. ${HOW_TO_BEGIN}` : `Machines there: ${names.join(', ')}.`;
    return new OptionError(`${what}: ${looked} in ${this.path}. ${known}${didYouMean(name, names)}`);
  }
}

const HOW_TO_BEGIN = 'Write NAME.yaml there with `host`, `scheduler` and `workdir`, or: hawser machine import';

/** Where machines are kept: `$XDG_CONFIG_HOME/hawser/machines`, or `~/.config/…` (XDG Base Directory Specification). */
export function machinesDirectory(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return join(configDirectory(env), 'machines');
}

function namesOf({ own }: MachineFiles, shared: Shared | undefined): readonly string[] {
  return [...new Set([...own.keys(), ...(shared?.machines.names ?? [])])].toSorted();
}

/** Which one is meant where none is named; `undefined`: nothing says so, and there is not just one. */
function chosenOf(names: readonly string[], shared: Shared | undefined): string | undefined {
  return shared?.machines.default ?? (names.length === 1 ? names[0] : undefined);
}
