import { LocalTransport } from '../../../transport/local/local-transport.js';
import type { FileAccess, FileScope } from '../file-access.js';
import { LocalDriver } from './local-driver.js';

const HOST = 'local';

/** This machine's files without a connection: the near end of a transfer. */
export function localAccess(): FileAccess {
  const site = { transport: new LocalTransport(), host: HOST, key: HOST };
  const files = new LocalDriver(HOST);
  const use = <T>(work: (scope: FileScope) => Promise<T>): Promise<T> => work({ files, site });
  return { host: HOST, key: HOST, use, useAnother: use };
}
