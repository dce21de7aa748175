import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { chmod, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of a few MiB, mounted on a directory that everybody may write to. */
export interface SmallDisk extends AsyncDisposable {
  readonly path: string;
  unmount(): Promise<void>;
}

/** Mounts a file system in memory. Needs root, and leave to mount. */
export async function mountSmallDisk(megabytes: number): Promise<SmallDisk> {
  const path = mkdtempSync(join(tmpdir(), 'hawser-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path], { stdio: 'pipe' });
  } catch (error) {
    rmdirSync(path);
    throw error;
  }
  await chmod(path, 0o777);
  const unmount = async (): Promise<void> => {
    // Lazily: a server may still hold a file that a test has left.
    execFileSync('umount', ['--lazy', path]);
    await rm(path, { recursive: true, force: true });
  };
  return { path, unmount, [Symbol.asyncDispose]: unmount };
}

/** Whether a file system can be mounted here; containers often may not. */
export function mayMount(): boolean {
  const path = mkdtempSync(join(tmpdir(), 'hawser-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path], { stdio: 'pipe' });
    execFileSync('umount', [path]);
    return true;
  } catch {
    console.warn('SKIPPED suite of full disks: no file system can be mounted here (needs root and leave to mount)');
    return false;
  } finally {
    rmdirSync(path);
  }
}
