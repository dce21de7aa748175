import path from 'node:path';
import type { FileDriver } from '../remote/files/file-driver.js';
import type { PlatformPath } from '../remote/paths/platform-path.js';
import { LocalOs } from '../remote/system/local-os.js';
import type { RemoteOs, RunService } from '../remote/system/remote-os.js';
import { LocalTransport } from '../transport/local/local-transport.js';
import { Connection, type OpenedTransport } from './connection.js';
import type { ConnectionRecord } from './connection-record.js';

/** This machine, with the services of a remote one. */
export class LocalConnection extends Connection {
  readonly id: string = 'local';

  protected async openTransport(): Promise<OpenedTransport> {
    return { transport: new LocalTransport(), connectTimeout: undefined };
  }

  protected override async openFiles(): Promise<FileDriver> {
    const { LocalDriver } = await import('../remote/files/local/local-driver.js');
    return new LocalDriver(this.key);
  }

  override get path(): PlatformPath {
    return path;
  }

  protected override makeOs(run: RunService): RemoteOs {
    return new LocalOs(run);
  }

  /** Its target need not say that it is this machine: its class does. */
  override toJSON(): ConnectionRecord {
    return { ...super.toJSON(), kind: 'local' };
  }
}
