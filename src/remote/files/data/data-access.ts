import { LocalTransport } from '../../../transport/local/local-transport.js';
import type { FileAccess, FileScope } from '../file-access.js';
import { DataDriver } from './data-driver.js';

const HOST = 'data';

/** Bytes in memory as the one file that there is, whatever it is asked for as: the near end of a transfer of data. */
export function dataAccess(data: Uint8Array): FileAccess {
  const site = { transport: new LocalTransport(), host: HOST, key: HOST };
  const files = new DataDriver(data);
  const use = <T>(work: (scope: FileScope) => Promise<T>): Promise<T> => work({ files, site });
  return { host: HOST, key: HOST, use, useAnother: use };
}
