import { OptionError } from '../../core/hawser-error.js';
import type { Context } from '../context.js';
import { makeFleet } from '../options/make-fleet.js';
import { hostFlags, type TransferFlags } from '../transfer/transfer-flags.js';
import { TransferRun } from '../transfer/transfer-run.js';

/**
 * `hawser put`: the last path is the remote one.
 *
 * @returns the exit status.
 * @throws OptionError, ParseError for what cannot be meant; AbortError for a question that was not answered.
 */
export async function put(paths: readonly string[], flags: TransferFlags, context: Context): Promise<number> {
  const remote = paths.at(-1);
  const locals = paths.slice(0, -1);
  const [first] = locals;
  if (remote === undefined || first === undefined) {
    throw new OptionError(`Expected LOCAL... and REMOTE, got ${JSON.stringify(first ?? remote ?? '')} alone.`);
  }
  const local = locals.length > 1 || isDirectoryName(remote) ? locals : first;
  await using fleet = await makeFleet(hostFlags(flags), context);
  const run = new TransferRun({ fleet, flags, context, action: 'put' });
  return await run.go((options) => fleet.upload(local, remote, options));
}

/** Whether a path can only be a directory: things go into it under their own names. */
export function isDirectoryName(path: string): boolean {
  return /(^|\/)(\.{1,2})?$|^~[^/]*$/.test(path);
}
