import { ChannelError } from '../../core/errors.js';
import type { Site } from '../site.js';
import type { FileDriver } from './file-driver.js';
import { openSftp } from './sftp/sftp-driver.js';
import { ShellDriver } from './shell/shell-driver.js';

/**
 * Opens a machine's files: over SFTP, and where its server has none, or none that starts, through its shell. Throws
 * `ChannelError` where it has neither, and whatever ended the wait for it.
 */
export async function openFiles(site: Site, signal: AbortSignal): Promise<FileDriver> {
  try {
    return await openSftp(site.transport, { host: site.host, key: site.key, signal });
  } catch (error) {
    // A channel that was refused says nothing about SFTP.
    const without = error instanceof ChannelError && error.reason !== 'refused';
    if (!without || signal.aborted || !site.transport.capabilities.has('exec')) throw error;
    return new ShellDriver(site);
  }
}
