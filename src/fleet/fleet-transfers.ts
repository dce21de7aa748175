import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Connection } from '../connection/connection.js';
import type { FleetRun, Publish } from '../connection/results/fleet-run.js';
import type { HostOutcome, HostText, HostValue } from '../connection/results/host-value.js';
import { neverAborted } from '../core/abort.js';
import { OptionError } from '../core/hawser-error.js';
import { expandHome } from '../core/home.js';
import type { TransferSummary } from '../core/transfer-summary.js';
import { dataAccess } from '../remote/files/data/data-access.js';
import { localAccess } from '../remote/files/local/local-access.js';
import { checkEncoding, checkMaxBuffer } from '../remote/process/options.js';
import type { EntryOutcome } from '../remote/transfer/entry-outcome.js';
import { planTransfer, type TransferOptions } from '../remote/transfer/options.js';
import type { TransferProgress } from '../remote/transfer/progress.js';
import { sharedAccess } from '../remote/transfer/shared/shared-access.js';
import { type Place, transfer } from '../remote/transfer/transfer.js';
import type { FleetCalls } from './fleet-calls.js';
import { type FleetOptions, withoutFleetOptions } from './fleet-options.js';
import { isDirectory, localNames, makeRoom, remoteName } from './local-names.js';
import { checkShort, readShort, refuseDirectory } from './read-text.js';
import { nameHere, sendAll, sendInto } from './send-list.js';
import { type HostTransfer, readWork, transferWork } from './transfer-work.js';

/** Options of transfers with the hosts of a fleet. */
export interface FleetTransferOptions<T extends HostOutcome = HostValue<TransferSummary>>
  extends Omit<TransferOptions, 'signal' | 'onProgress' | 'onEntry'>,
    FleetOptions<T> {
  /** As for one connection, with the key of the host whose progress it is. */
  readonly onProgress?: ((p: FleetTransferProgress, key: string) => void) | undefined;
  /**
   * As for one connection, with the key of the host. Of several things that are sent, the paths of a tree that goes under
   * its own name begin with that.
   */
  readonly onEntry?: ((outcome: EntryOutcome, key: string) => void) | undefined;
}

/** How far the transfer with one host of a fleet has come. */
export interface FleetTransferProgress extends TransferProgress {
  /** Bytes that were read of the files here by now, for all hosts together; 0 where none are sent from here. */
  readonly bytesRead: number;
}

/** Options of `MultiConnection.sftpRead`. */
export interface FleetReadOptions extends FleetTransferOptions<HostText> {
  /** Of the text. Default `'utf8'`. */
  readonly encoding?: BufferEncoding;
  /** The most that is kept of each host's file in memory, in bytes. Default 16 MiB. */
  readonly maxBuffer?: number;
}

/** What a transfer with every host comes to. */
export type FleetTransfer = FleetRun<HostValue<TransferSummary>>;

type PublishSummary = Publish<HostValue<TransferSummary>>;

/** The transfers of a fleet. Nothing is opened on any host before all that can be checked here has been. */
export class FleetTransfers {
  readonly #calls: FleetCalls;

  constructor(calls: FleetCalls) {
    this.#calls = calls;
  }

  async upload(
    local: string | readonly string[],
    remote: string,
    o: FleetTransferOptions,
    publish: PublishSummary,
  ): Promise<void> {
    checkOptions(o);
    checkPaths({ remote, local: typeof local === 'string' ? [local] : local });
    const hosts = this.#keys().length;
    if (o.removeSource === true && hosts > 1) {
      throw new OptionError(
        `Expected no \`removeSource\` for ${hosts} hosts: the first one to be done would take the source from the others.`,
      );
    }
    const list = typeof local === 'string' ? [{ local, remote }] : await sendInto(local, remote, o.delete === true);
    for (const one of list) await checkReadable(one.local);
    const here = sharedAccess();
    await this.#transfer(o, publish, ({ files }, key, signal) =>
      sendAll(list, ofHost(o, key, signal, here), (one, options) =>
        transfer({ access: here, path: one.local }, { access: files, path: one.remote }, options),
      ),
    );
  }

  async write(
    local: string,
    remote: string | undefined,
    o: FleetTransferOptions,
    publish: PublishSummary,
  ): Promise<void> {
    await this.upload(local, remote ?? `~/${nameHere(String(local))}`, o, publish);
  }

  async writeData(
    data: string | Uint8Array,
    remote: string,
    o: FleetTransferOptions,
    publish: PublishSummary,
  ): Promise<void> {
    checkOptions(o);
    checkPaths({ remote });
    if (o.removeSource === true) throw new OptionError('Expected no `removeSource` for data: there is no source.');
    const name = remoteName(remote);
    if (name === '' || remote.endsWith('/')) {
      throw new OptionError(`Expected the name of a file to write the data to, got ${JSON.stringify(remote)}.`);
    }
    const from = { access: dataAccess(bytesOf(data)), path: name };
    await this.#transfer(o, publish, async ({ files }, key, signal) => {
      await refuseDirectory(files, remote, signal);
      return transfer(from, { access: files, path: remote }, ofHost(o, key, signal));
    });
  }

  async download(remote: string, local: string, o: FleetTransferOptions, publish: PublishSummary): Promise<void> {
    checkOptions(o);
    checkPaths({ remote, local: [local] });
    const nameOf = await localNames(local, this.#keys());
    const here = localAccess();
    await this.#transfer(o, publish, ({ files }, key, signal) => {
      const fetch = {
        from: { access: files, path: remote },
        to: { access: here, path: nameOf(key) },
        template: local,
      };
      return download(fetch, ofHost(o, key, signal));
    });
  }

  async read(
    remote: string,
    local: string | undefined,
    o: FleetReadOptions,
    publish: Publish<HostText>,
  ): Promise<void> {
    const { encoding, maxBuffer, ...rest } = o;
    checkOptions(rest);
    checkPaths({ remote, local: local === undefined ? [] : [local] });
    const limit = checkMaxBuffer(maxBuffer);
    const decode = checkEncoding(encoding);
    const nameOf = local === undefined ? undefined : await localNames(local, this.#keys());
    const here = localAccess();
    const read = async ({ files }: Connection, key: string, signal: AbortSignal): Promise<string> => {
      if (local === undefined || nameOf === undefined) {
        return (await readShort(files, remote, { limit, signal })).toString(decode);
      }
      await checkShort(files, remote, { limit, signal });
      const name = nameOf(key);
      const path = name.endsWith('/') || (await isDirectory(name)) ? join(name, remoteName(remote)) : name;
      const fetch = { from: { access: files, path: remote }, to: { access: here, path: name }, template: local };
      await download(fetch, ofHost(rest, key, signal));
      return rest.dryRun === true ? '' : (await readShort(here, path, { limit, signal })).toString(decode);
    };
    await this.#calls.go(
      this.#calls.pools,
      rest,
      (operation) => readWork(operation, this.#calls.admission, read),
      publish,
    );
  }

  #keys(): string[] {
    return this.#calls.pools.map(({ key }) => key);
  }

  #transfer(o: FleetTransferOptions, publish: Publish<HostValue<TransferSummary>>, work: HostTransfer): Promise<void> {
    return this.#calls.go(
      this.#calls.pools,
      o,
      (operation) => transferWork(operation, this.#calls.admission, work),
      publish,
    );
  }
}

interface Download {
  readonly from: Place;
  readonly to: Place;
  /** The local name as the caller gave it, for all hosts. */
  readonly template: string;
}

async function download({ from, to, template }: Download, o: TransferOptions): Promise<TransferSummary> {
  if (o.dryRun === true) return transfer(from, to, o);
  const takeAway = await makeRoom(to.path, template);
  try {
    return await transfer(from, to, o);
  } catch (error) {
    await takeAway();
    throw error;
  }
}

/** The options of one host's transfer: its own signal, and callbacks that are told whose it is. */
function ofHost(
  o: FleetTransferOptions<never>,
  key: string,
  signal: AbortSignal,
  shared?: { readonly bytesRead: number },
): TransferOptions {
  const { onProgress, onEntry, ...rest } = withoutFleetOptions(o);
  return {
    ...rest,
    signal,
    onProgress: onProgress && ((p) => onProgress({ ...p, bytesRead: shared?.bytesRead ?? 0 }, key)),
    onEntry: onEntry && ((outcome) => onEntry(outcome, key)),
  };
}

function checkOptions(o: FleetTransferOptions<never>): void {
  planTransfer(ofHost(o, '', neverAborted));
}

/** What is no path would fail on every host, as would {@link checkReadable}. */
function checkPaths({ remote, local = [] }: { readonly remote: string; readonly local?: readonly string[] }): void {
  if (!Array.isArray(local)) {
    throw new OptionError(`Expected the local path to be a string or a list of them, got ${typeof local}.`);
  }
  for (const path of [remote, ...local]) {
    if (typeof path === 'string' && path !== '' && !path.includes('\0')) continue;
    throw new OptionError(`Expected the paths to be text without NUL characters, got ${JSON.stringify(path)}.`);
  }
}

/** A local file that is not there would fail on every host, each of them connected for nothing. */
async function checkReadable(local: string): Promise<void> {
  await access(expandHome(local), constants.R_OK).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OptionError(`Cannot read ${JSON.stringify(local)}: ${why}. Nothing was sent to any host.`, { cause });
  });
}

function bytesOf(data: string | Uint8Array): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  if (data instanceof Uint8Array) return data;
  throw new OptionError(`Expected the data to be a string or bytes, got ${data === null ? 'null' : typeof data}.`);
}
