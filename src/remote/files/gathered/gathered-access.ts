import { LocalTransport } from '../../../transport/local/local-transport.js';
import type { FileAccess, FileScope } from '../file-access.js';
import { GatheredDriver, type GatheredFile } from './gathered-driver.js';

const HOST = 'gathered';

/** Files from here and there as one tree below `/`: the near end of a transfer of all of them. */
export function gatheredAccess(files: Iterable<GatheredFile>): FileAccess {
  const site = { transport: new LocalTransport(), host: HOST, key: HOST };
  const driver = new GatheredDriver(files);
  const use = <T>(work: (scope: FileScope) => Promise<T>): Promise<T> => work({ files: driver, site });
  return { host: HOST, key: HOST, use, useAnother: use };
}
