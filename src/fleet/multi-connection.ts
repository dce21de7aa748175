import { inspect } from 'node:util';
import { Connection } from '../connection/connection.js';
import type { TargetLike } from '../connection/create-connection.js';
import type { HostValue } from '../connection/results/host-value.js';
import { type Abortable, abortReason } from '../core/abort.js';
import { defined } from '../core/defined.js';
import { OptionError } from '../core/hawser-error.js';
import { addedHosts } from '../inventory/ssh-config/added-hosts.js';
import type { HostEntry } from '../inventory/ssh-config/host-entry.js';
import { writePrivateFile } from '../remote/files/local/private-file.js';
import type { PathText } from '../remote/paths/route.js';
import { FleetFacets } from './broadcast/fleet-facets.js';
import type { FleetFs } from './broadcast/fleet-fs.js';
import type { FleetOs } from './broadcast/fleet-os.js';
import type { FleetPath } from './broadcast/fleet-path.js';
import { type ConnectionMap, entriesOf } from './connection-map.js';
import type { EachFunction } from './each-work.js';
import { Fleet } from './fleet.js';
import {
  answers,
  type ConnectAllOptions,
  type FleetOptions,
  type FromConnectionsOptions,
  type MultiOptions,
  planFleet,
} from './fleet-options.js';
import { checkKeys } from './key-map.js';
import type { FromRecordOptions } from './record/credentials.js';
import { fleetOfFile, fleetOfRecord, type LoadOptions } from './record/fleet-of-record.js';
import { type MultiRecord, multiRecord, recordText } from './record/multi-record.js';
import { type SharedAuthOptions, sharedAuthTargets } from './shared-auth.js';

/**
 * Many hosts, worked on at once: an ordered map from key to a pool of connections. The key is the target as it was given;
 * a target that is named several times has as many connections under its key.
 *
 * @example
 * await using mc = new MultiConnection(['web1', 'web2', 'admin@db1:2222']);
 * for await (const { key, ok, stdout } of mc.execute('uptime')) console.log(key, ok, stdout);
 */
export class MultiConnection<C extends Connection = Connection> extends Fleet<C> {
  readonly #facets: FleetFacets = new FleetFacets((fn, options) => this.each(fn, options));

  /**
   * A fleet whose hosts are all connected. With `pruneFailures`, those that cannot be reached are left out, be it all
   * of them; without it they are an error, and what had been opened is closed.
   *
   * @throws PartialFailureError with each host's result; AbortError; and what the constructor throws.
   */
  static async open(targets: Iterable<TargetLike>, o: MultiOptions & ConnectAllOptions = {}): Promise<MultiConnection> {
    const { pruneFailures, signal } = o;
    const fleet = new MultiConnection(targets, o);
    try {
      const result = await fleet.connect(o);
      if (signal?.aborted && !result.ok) throw abortReason(signal, `connecting to ${result.size} hosts`);
      if (pruneFailures !== true) result.throwIfAnyFailed();
      return fleet;
    } catch (error) {
      await fleet.close();
      throw error;
    }
  }

  /**
   * A fleet that is got into by the same means. `hosts` is a host set such as `'web[01-50]!web13'`, or a list of
   * targets; every other field is the fleet's or the targets'.
   *
   * @throws OptionError where there is no host, and what the constructor throws.
   */
  static fromSharedAuth(o: SharedAuthOptions): MultiConnection {
    const { targets, options } = sharedAuthTargets(o);
    return new MultiConnection(targets, options);
  }

  /**
   * Makes hosts known to this process, as if they stood in ssh_config before all else: what a target says of itself wins
   * over them, and they win over the files. They hold for whatever connects from now on, jump hosts and targets with
   * `sshConfig: false` among them; a host whose alias is known takes the other's place.
   *
   * @throws OptionError that names the field at fault; then none is added.
   *
   * @example
   * MultiConnection.addHosts({ host: 'build', hostName: '10.0.0.7', user: 'ci', identityFile: '~/.ssh/ci' });
   * await using mc = new MultiConnection(['build', 'root@build']);
   */
  static addHosts(hosts: HostEntry | Iterable<HostEntry>): void {
    addedHosts.add(hosts);
  }

  /** Has this process forget hosts that {@link addHosts} made known, by their aliases. */
  static removeHosts(aliases: string | Iterable<string>): void {
    addedHosts.remove(aliases);
  }

  /** A fleet of connections that exist, each under its own key. They stay open when it is closed, unless it owns them. */
  static fromConnections<C extends Connection>(
    connections: Iterable<C>,
    o: FromConnectionsOptions = {},
  ): MultiConnection<C> {
    const { own = false, local, threadSafe, defaults: _, ...options } = o;
    const list = [...connections];
    answers('local', local, list.length);
    answers('threadSafe', threadSafe, list.length);
    const stray = list.find((one) => !(one instanceof Connection));
    if (stray !== undefined)
      throw new OptionError(`Expected a list of connections, got ${inspect(stray, { depth: 0 })}.`);
    const fleet = new MultiConnection<C>([], options);
    return fleet.update(
      list.map((connection) => [connection.key, connection]),
      { own },
    );
  }

  /**
   * The fleet that a record describes, with connections of its own: keys, pools, order and limits are as they were.
   * Nothing is opened. What a record does not hold is given by `credentials`. The record that ssh_utilities (Python)
   * makes is understood too.
   *
   * @throws ParseError with line, column and path for a text at fault; OptionError with the path for an object.
   *
   * @example
   * const mc = MultiConnection.fromJSON(record, { credentials: (key) => ({ password: () => vault.read(key) }) });
   */
  static fromJSON(value: MultiRecord | string, o: FromRecordOptions = {}): MultiConnection {
    const { connections, options } = fleetOfRecord(value, o);
    return MultiConnection.fromConnections(connections, options);
  }

  /** As {@link fromJSON}, of a text. */
  static fromString(text: string, o: FromRecordOptions = {}): MultiConnection {
    if (typeof text !== 'string') throw new OptionError(`Expected the record to be a text, got ${typeof text}.`);
    return MultiConnection.fromJSON(text, o);
  }

  /**
   * As {@link fromJSON}, of a file that {@link save} wrote; `credentials` may take its time.
   *
   * @throws FileError where the file cannot be read, ParseError with file, line, column and path, AbortError.
   */
  static async load(file: string, o: LoadOptions = {}): Promise<MultiConnection> {
    const { connections, options } = await fleetOfFile(file, o);
    return MultiConnection.fromConnections(connections, options);
  }

  /**
   * The fleet as plain, versioned data, for JSON and `structuredClone`. No secret is in it: the `missing` of an entry
   * names what was set and has to be given when it is read again. A connection under two keys is two when it is read.
   */
  toJSON(): MultiRecord {
    return multiRecord(this.entriesAll(), this.limits);
  }

  /** {@link toJSON} as text, which {@link fromString} reads. */
  override toString(): string {
    return recordText(this.toJSON());
  }

  /**
   * Writes {@link toString} to a file of mode 0600, in one step: it is never half written. A symbolic link of that name
   * is replaced.
   *
   * @throws FileError, AbortError; then the file is as it was before.
   */
  async save(file: string, o: Abortable = {}): Promise<void> {
    await writePrivateFile(file, this.toString(), { ...o, doing: `saving the fleet ${file}` });
  }

  /** A new fleet with the connections of both, borrowed, and the limits of this one. Neither of them changes. */
  concat<D extends Connection>(other: D | ConnectionMap<D>): MultiConnection<C | D> {
    return new MultiConnection<C | D>([], defined(this.limits)).update(this).update(entriesOf(other));
  }

  /**
   * A shallow copy: a new fleet with the same connections, keys and limits. It borrows them: closing it leaves them open,
   * and once this one closes them it can do nothing with them.
   */
  copy(): MultiConnection<C> {
    return new MultiConnection<C>([], defined(this.limits)).update(this);
  }

  /**
   * A {@link copy} with these keys alone, in the order of this fleet. Keys that are named twice count once.
   *
   * @throws OptionError for a key that is not in the fleet.
   *
   * @example
   * const { failed } = await mc.execute('systemctl restart app');
   * const again = await mc.only(failed.keys()).execute('systemctl restart app');
   */
  only(keys: Iterable<string>): MultiConnection<C> {
    const wanted = checkKeys(keys, this.pools);
    const fleet = new MultiConnection<C>([], defined(this.limits));
    for (const [key, connection] of this.entriesAll()) if (wanted.has(key)) fleet.set(key, connection);
    return fleet;
  }

  /**
   * A deep copy: a new fleet with the same keys and limits, and with a new, unopened connection of its own for each of
   * this one's, the borrowed ones too, be they open or closed. A connection that is under two keys is so in the copy.
   *
   * @throws OptionError where a class of connection does not say how it is cloned.
   */
  clone(): MultiConnection<C> {
    const clones = new Map<C, C>();
    const fleet = new MultiConnection<C>([], defined(this.limits));
    for (const [key, connection] of this.entriesAll()) {
      const clone = clones.get(connection) ?? connection.clone();
      clones.set(connection, clone);
      fleet.set(key, clone, { own: true });
    }
    return fleet;
  }

  /**
   * `fs`, `os` and `Path` once more, whose calls go over the hosts as the options say: these calls take the arguments of
   * one machine's, which leave no room for a fleet's. A `signal` ends them beside any that a call has of its own.
   *
   * @throws OptionError for what cannot be meant.
   *
   * @example
   * const sizes = await mc.with({ batchSize: 10, timeout: 5000 }).fs.stat('/var/log/syslog');
   */
  with(o: FleetOptions<HostValue<unknown>>): FleetFacets {
    planFleet(o, this.limits, this.size);
    const { signal } = o;
    return new FleetFacets(<T>(fn: EachFunction<T>, { signal: own }: FleetOptions) => {
      const both = signal !== undefined && own !== undefined ? AbortSignal.any([signal, own]) : (own ?? signal);
      return this.each<T>(fn, { ...o, ...(both === undefined ? {} : { signal: both }) });
    });
  }

  /** The files of every host: each call of a connection's `fs`, with each host's result. */
  get fs(): FleetFs {
    return this.#facets.fs;
  }

  /** The system of every host: each call of a connection's `os`, with each host's result. */
  get os(): FleetOs {
    return this.#facets.os;
  }

  /** A path on every host: its text is one, its calls on files go to each. Throws `OptionError` for no text. */
  Path(...parts: readonly PathText[]): FleetPath {
    return this.#facets.Path(...parts);
  }
}
