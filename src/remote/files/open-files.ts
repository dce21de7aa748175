import type { Site } from '../site.js';
import type { FileDriver } from './file-driver.js';
import { openSftp } from './sftp/sftp-driver.js';

export async function openFiles(site: Site, signal: AbortSignal): Promise<FileDriver> {
  return openSftp(site.transport, { host: site.host, key: site.key, signal });
}
