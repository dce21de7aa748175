import type { Stats } from 'node:fs';
import {
  chmod,
  chown,
  type FileHandle,
  lchown,
  link,
  lstat,
  lutimes,
  mkdir,
  open,
  readdir,
  readlink,
  rename,
  rmdir,
  stat,
  symlink,
  truncate,
  unlink,
  utimes,
} from 'node:fs/promises';
import { Request, Status } from '../../remote/files/sftp/protocol.js';
import type { HostSettings } from '../host-settings.js';
import {
  attributesAnswer,
  dataAnswer,
  handleAnswer,
  namesAnswer,
  okAnswer,
  pathAnswer,
  statusAnswer,
} from './answers.js';
import { type Attributes, readAttributes } from './attributes.js';
import { bytes, ConfinedPaths } from './confined-paths.js';
import { OpenFiles, openFlags, SftpFailure } from './open-files.js';
import type { PacketReader } from './wire.js';

/** Directory entries in one answer, as OpenSSH's server sends them. */
const NAMES_PER_ANSWER = 100;

/** Answers the requests of SFTP version 3 from the files below a host's directory. */
export class FileRequests {
  readonly paths: ConfinedPaths;
  readonly files: OpenFiles = new OpenFiles();
  readonly #settings: HostSettings;

  constructor(settings: HostSettings) {
    this.#settings = settings;
    this.paths = new ConfinedPaths(settings.directory, settings.sftpPaths);
  }

  closeAll(): Promise<void> {
    return this.files.closeAll();
  }

  /** The answer to one request. Throws what the file system throws. */
  async answer(type: number, id: number, packet: PacketReader): Promise<Buffer> {
    const { paths, files } = this;
    switch (type) {
      case Request.OPEN:
        return handleAnswer(id, await this.#open(packet.name(), packet.u32(), readAttributes(packet)));
      case Request.CLOSE:
        await files.close(packet.string());
        return okAnswer(id);
      case Request.READ:
        return this.#read(id, files.file(packet.string()), packet.u64(), packet.u32());
      case Request.WRITE:
        await writeAll(files.file(packet.string()), packet.u64(), packet.string());
        return okAnswer(id);
      case Request.LSTAT:
        return attributesAnswer(id, await lstat(await paths.itself(packet.name())));
      case Request.STAT:
        return attributesAnswer(id, await stat(await paths.followed(packet.name())));
      case Request.FSTAT:
        return attributesAnswer(id, await files.file(packet.string()).stat());
      case Request.SETSTAT:
        await setAttributes(await paths.followed(packet.name()), readAttributes(packet));
        return okAnswer(id);
      case Request.FSETSTAT:
        await setOpenAttributes(files.file(packet.string()), readAttributes(packet));
        return okAnswer(id);
      case Request.OPENDIR:
        return handleAnswer(id, await this.#openDirectory(packet.name()));
      case Request.READDIR:
        return this.#readDirectory(id, packet.string());
      case Request.REMOVE:
        await unlink(await paths.itself(packet.name()));
        return okAnswer(id);
      case Request.MKDIR: {
        const path = await paths.itself(packet.name());
        await mkdir(path, readAttributes(packet).permissions ?? 0o777);
        return okAnswer(id);
      }
      case Request.RMDIR:
        await rmdir(await paths.itself(packet.name()));
        return okAnswer(id);
      case Request.REALPATH:
        return pathAnswer(id, await paths.canonical(packet.name()));
      case Request.RENAME:
        await renameToFree(await paths.itself(packet.name()), await paths.itself(packet.name()));
        return okAnswer(id);
      case Request.READLINK: {
        const target = await readlink(await paths.itself(packet.name()), 'buffer');
        return pathAnswer(id, paths.shownTarget(target.toString('latin1')));
      }
      case Request.SYMLINK: {
        const target = paths.linkTarget(packet.name());
        await symlink(bytes(target), await paths.itself(packet.name()));
        return okAnswer(id);
      }
      default:
        return statusAnswer(id, Status.OP_UNSUPPORTED, 'Operation unsupported');
    }
  }

  async #open(path: string, flags: number, attributes: Attributes): Promise<Buffer> {
    const found = await this.paths.followed(path);
    const file = await open(found, openFlags(flags), attributes.permissions ?? 0o666);
    return this.files.add({ file });
  }

  async #read(id: number, file: FileHandle, offset: number, wanted: number): Promise<Buffer> {
    const length = Math.min(wanted, this.#settings.faults.sftpReadLimit);
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, offset);
    if (bytesRead === 0) return statusAnswer(id, Status.EOF, 'End of file');
    return dataAnswer(id, buffer.subarray(0, bytesRead));
  }

  async #openDirectory(path: string): Promise<Buffer> {
    const directory = await this.paths.followed(path);
    const names = await readdir(directory, 'buffer');
    return this.files.add({ directory, names: ['.', '..', ...names.map((name) => name.toString('latin1'))] });
  }

  async #readDirectory(id: number, handle: Buffer): Promise<Buffer> {
    const { directory, names } = this.files.directory(handle);
    while (names.length > 0) {
      const batch = names.splice(0, NAMES_PER_ANSWER);
      const entries = await Promise.all(batch.map((name) => entry(directory, name)));
      // What was removed since the directory was opened is left out.
      const present = entries.filter((found) => found !== undefined);
      if (present.length > 0) return namesAnswer(id, present);
    }
    return statusAnswer(id, Status.EOF, 'End of file');
  }
}

async function entry(directory: Buffer, name: string): Promise<{ name: string; stats: Stats } | undefined> {
  // Above the root there is nothing to see: its `..` is described as the root itself.
  const path = name === '..' ? directory : Buffer.concat([directory, bytes(`/${name}`)]);
  const stats = await lstat(path).catch(() => undefined);
  return stats && { name, stats };
}

async function writeAll(file: FileHandle, offset: number, data: Buffer): Promise<void> {
  for (let done = 0; done < data.length; ) {
    const { bytesWritten } = await file.write(data, done, data.length - done, offset + done);
    done += bytesWritten;
  }
}

async function setAttributes(path: Buffer, { size, permissions, times, owner }: Attributes): Promise<void> {
  if (size !== undefined) await truncate(path, size);
  if (permissions !== undefined) await chmod(path, permissions & 0o7777);
  if (times !== undefined) await utimes(path, times.accessed, times.modified);
  if (owner !== undefined) await chown(path, owner.uid, owner.gid);
}

async function setOpenAttributes(file: FileHandle, { size, permissions, times, owner }: Attributes): Promise<void> {
  if (size !== undefined) await file.truncate(size);
  if (permissions !== undefined) await file.chmod(permissions & 0o7777);
  if (times !== undefined) await file.utimes(times.accessed, times.modified);
  if (owner !== undefined) await file.chown(owner.uid, owner.gid);
}

/** The attributes of a link itself (`lsetstat@openssh.com`). Linux has no permissions for one. */
export async function setLinkAttributes(path: Buffer, { times, owner }: Attributes): Promise<void> {
  if (times !== undefined) await lutimes(path, times.accessed, times.modified);
  if (owner !== undefined) await lchown(path, owner.uid, owner.gid);
}

/** Version 3's rename replaces nothing; a file is linked and unlinked so that nothing comes in between. */
async function renameToFree(from: Buffer, to: Buffer): Promise<void> {
  if ((await lstat(from)).isFile()) {
    await link(from, to);
    await unlink(from);
    return;
  }
  const taken = await lstat(to).catch(() => undefined);
  if (taken !== undefined) throw new SftpFailure(Status.FAILURE, 'Failure');
  await rename(from, to);
}
