import { existsSync, statSync } from 'node:fs';
import { appendFile, copyFile, mkdtemp, readdir, readlink, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileAccess, FileScope } from '../../../../src/remote/files/file-access.js';
import type { FileDriver, OpenFile } from '../../../../src/remote/files/file-driver.js';
import { LocalDriver } from '../../../../src/remote/files/local/local-driver.js';
import { Stats } from '../../../../src/remote/files/stats.js';
import { LocalTransport } from '../../../../src/transport/local/local-transport.js';

/** A log file in a directory of its own, and what is done to log files. */
export class ScratchLog implements AsyncDisposable {
  readonly directory: string;
  readonly path: string;

  private constructor(directory: string) {
    this.directory = directory;
    this.path = join(directory, 'app.log');
  }

  static async make(text?: string): Promise<ScratchLog> {
    const log = new ScratchLog(await mkdtemp(join(tmpdir(), 'hawser-tail-')));
    if (text !== undefined) await writeFile(log.path, text);
    return log;
  }

  async write(text: string | Uint8Array): Promise<void> {
    await appendFile(this.path, text);
  }

  /** As logrotate(8) does, `create` or not: `app.log.1` becomes `app.log.2` and so on. */
  async rotate(create = true): Promise<void> {
    if (!existsSync(this.path)) return;
    await this.#shift();
    await rename(this.path, `${this.path}.1`);
    if (create) await writeFile(this.path, '');
  }

  /** As logrotate(8) does with `copytruncate`. */
  async copyTruncate(): Promise<void> {
    if (!existsSync(this.path)) return;
    await this.#shift();
    await copyFile(this.path, `${this.path}.1`);
    await truncate(this.path);
  }

  get isEmpty(): boolean {
    return !existsSync(this.path) || statSync(this.path).size === 0;
  }

  async truncate(): Promise<void> {
    await writeFile(this.path, '');
  }

  /** The files in the directory that this process has open, as far as the system tells (Linux). */
  async openFiles(): Promise<string[]> {
    const descriptors = await readdir('/proc/self/fd').catch(() => []);
    const names = await Promise.all(descriptors.map((one) => readlink(`/proc/self/fd/${one}`).catch(() => '')));
    return names.filter((name) => name.startsWith(this.directory));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true });
    const left = await this.openFiles();
    if (left.length > 0) throw new Error(`Still open: ${left.join(', ')}`);
  }

  async #shift(): Promise<void> {
    for (let number = 8; number >= 1; number -= 1) {
      await rename(`${this.path}.${number}`, `${this.path}.${number + 1}`).catch(() => {});
    }
  }
}

/** This machine's files, told of as SFTP version 3 tells of them: no inodes, times in whole seconds. */
class PlainDriver extends LocalDriver {
  override async stat(path: Buffer): Promise<Stats> {
    return asSftp(await super.stat(path));
  }

  override async open(path: Buffer, flags: number, mode: number): Promise<OpenFile> {
    const file = await super.open(path, flags, mode);
    return new Proxy(file, {
      get(target, name) {
        if (name === 'stat') return async () => asSftp(await target.stat());
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }
}

/** This machine's files as a shell has them: open by their names, each call for itself. */
class NamesDriver extends LocalDriver {
  override async open(path: Buffer, flags: number, mode: number): Promise<OpenFile> {
    const file = await super.open(path, flags, mode);
    await file.close();
    const stat = (at: Buffer): Promise<Stats> => this.stat(at);
    const read = async (position: number, length: number): Promise<readonly Buffer[]> => {
      const now = await super.open(path, flags, mode);
      return now.read(position, length).finally(() => now.close());
    };
    return new Proxy(file, {
      get(target, name) {
        if (name === 'stat') return () => stat(path);
        if (name === 'read') return read;
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }
}

function asSftp({ size, uid, gid, mode, atimeMs, mtimeMs }: Stats): Stats {
  const whole = (ms: number): number => Math.floor(ms / 1000) * 1000;
  return new Stats({ size, uid, gid, mode, atimeMs: whole(atimeMs), mtimeMs: whole(mtimeMs) });
}

/** Access to this machine's files; `connect` gives the driver for each use. */
export function scratchAccess(connect: () => Promise<FileDriver>): FileAccess {
  const site = { transport: new LocalTransport(), host: 'here', key: 'here' };
  const use = async <T>(work: (scope: FileScope) => Promise<T>): Promise<T> => work({ files: await connect(), site });
  return { host: 'here', key: 'here', use, useAnother: use };
}

/** A way to this machine's files. */
export interface ScratchDriver {
  readonly name: string;
  /** Whether it tells which file is which. */
  readonly inodes: boolean;
  /** Whether an open file stays open when its name goes. */
  readonly holds: boolean;
  make(): FileDriver;
}

/** The ways to this machine's files that a tail has to cope with. */
export const drivers: readonly ScratchDriver[] = [
  { name: 'with inodes', inodes: true, holds: true, make: () => new LocalDriver('here') },
  { name: 'without inodes', inodes: false, holds: true, make: () => new PlainDriver('here') },
  { name: 'open by their names alone', inodes: true, holds: false, make: () => new NamesDriver('here') },
];
