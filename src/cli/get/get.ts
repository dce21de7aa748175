import { posix } from 'node:path';
import { OptionError } from '../../core/hawser-error.js';
import { makeDirectories } from '../../core/make-directories.js';
import { isDirectory, remoteName } from '../../fleet/local-names.js';
import type { Context } from '../context.js';
import { makeFleet } from '../options/make-fleet.js';
import { hostFlags, type TransferFlags } from '../transfer/transfer-flags.js';
import { TransferRun } from '../transfer/transfer-run.js';

/**
 * `hawser get`.
 *
 * @returns the exit status.
 * @throws OptionError, ParseError for what cannot be meant; AbortError for a question that was not answered.
 */
export async function get(remote: string, local: string, flags: TransferFlags, context: Context): Promise<number> {
  await using fleet = await makeFleet(hostFlags(flags), context);
  const name = await localName(remote, local, fleet.size);
  if (local.endsWith('/') && !local.includes('{key}') && flags.dryRun !== true) await makeDirectory(local);
  const run = new TransferRun({ fleet, flags, context, action: 'get' });
  return await run.go((options) => fleet.download(remote, name, options));
}

/**
 * The local name, with `{key}` in it for several hosts. Into a directory the remote file or tree goes under its own name;
 * of a tree whose name ends in `/` it is what is in it that goes there, as with rsync(1).
 */
export async function localName(remote: string, local: string, hosts: number): Promise<string> {
  const into = local.endsWith('/') || (await isDirectory(local));
  if (!into) return local;
  const several = hosts > 1 && !local.includes('{key}');
  const directory = several ? posix.join(local, '{key}/') : local.endsWith('/') ? local : `${local}/`;
  return remote.endsWith('/') ? directory : `${directory}${remoteName(remote)}`;
}

async function makeDirectory(local: string): Promise<void> {
  await makeDirectories(local).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OptionError(`Cannot make the directory ${JSON.stringify(local)}: ${why}`, { cause });
  });
}
