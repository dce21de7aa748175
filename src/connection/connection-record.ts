import { defined } from '../core/defined.js';
import { OptionError, ParseError } from '../core/hawser-error.js';
import { UNRECORDED_FIELDS } from '../inventory/check-target.js';
import { isKeyText } from '../inventory/format-target.js';
import { parseTarget } from '../inventory/parse-target.js';
import type {
  Algorithms,
  HopLike,
  JumpHost,
  KeepAlive,
  Target,
  TargetProtocol,
  UnrecordedField,
} from '../inventory/target.js';

/** A target as plain data. What was not set is left out, so that the reader's defaults apply; no secret is in it. */
export interface TargetRecord {
  readonly key?: string;
  readonly kind: TargetProtocol;
  readonly host: string;
  readonly port?: number;
  readonly username?: string;
  /** Paths of key files; a key that was given as text is left out. */
  readonly identityFiles?: readonly string[];
  readonly agent?: string | false;
  readonly hostKey?: string | { readonly fingerprints: readonly string[] };
  readonly knownHosts?: readonly string[];
  /** The jump hosts, the one nearest to us first: as text where they were given so, else in full. */
  readonly proxyJump?: readonly (string | TargetRecord)[];
  readonly proxyCommand?: string;
  readonly sshConfig?: boolean | string;
  readonly connectTimeout?: number;
  readonly keepAlive?: KeepAlive | false;
  readonly algorithms?: Algorithms;
  readonly threadSafe?: boolean;
  /** What was set and is not here: secrets, and functions. */
  readonly missing?: readonly UnrecordedField[];
}

/** How a connection is made, where its target does not say all of it. */
export interface ConnectionManner {
  /** A command line that has only a prompt, over the way that `kind` names. Telnet leads to nothing else. */
  readonly class?: 'cli';
  /** Of a command line: which of the platforms that are built in it has. Default: it is found out. */
  readonly platform?: string;
  /** Of the user's own `ssh`: a master that is open already is used, and nobody authenticates. */
  readonly reuseOnly?: boolean;
  /** Of the user's own `ssh`: further settings of ssh_config(5), by name. */
  readonly sshOptions?: Readonly<Record<string, string>>;
}

/** A connection among others in a record: everything needed to find the machine again, and no secret. */
export interface ConnectionEntry extends TargetRecord, ConnectionManner {
  readonly key: string;
  readonly via?: string;
  readonly alias?: string;
}

/** A connection as plain data of its own. */
export interface ConnectionRecord extends ConnectionEntry {
  readonly version: 1;
}

/** What is recorded of a connection: fresh data, which shares nothing with it. */
export function connectionRecord(connection: {
  readonly key: string;
  readonly target: Readonly<Target>;
  readonly via: string | undefined;
  readonly alias: string | undefined;
}): ConnectionRecord {
  const { key, target, via, alias } = connection;
  return { version: 1, key, ...targetRecord(target), ...defined({ via, alias }) };
}

function targetRecord(target: Readonly<Target>): TargetRecord {
  const { key, protocol = 'ssh', host, port, username, privateKey, agent, hostKey, knownHosts, proxyJump } = target;
  const { proxyCommand, sshConfig, connectTimeout, keepAlive, algorithms, threadSafe } = target;
  const identityFiles = listOf(privateKey).filter((one): one is string => !isKeyText(one));
  const missing = missingFields(target);
  return {
    ...defined({ key }),
    kind: protocol,
    host,
    ...defined({ port, username }),
    ...(identityFiles.length === 0 ? {} : { identityFiles }),
    ...defined({ agent }),
    ...(hostKey === undefined || typeof hostKey === 'function' ? {} : { hostKey: structuredClone(hostKey) }),
    ...(knownHosts === undefined ? {} : { knownHosts: [...listOf(knownHosts)] }),
    // None at all is something to say: ssh_config may name some.
    ...(proxyJump === undefined ? {} : { proxyJump: listOf(proxyJump).map(hopRecord) }),
    ...defined({ proxyCommand, sshConfig, connectTimeout }),
    ...(keepAlive === undefined ? {} : { keepAlive: structuredClone(keepAlive) }),
    ...(algorithms === undefined ? {} : { algorithms: defined(structuredClone(algorithms)) }),
    ...defined({ threadSafe }),
    ...(missing.length === 0 ? {} : { missing }),
  };
}

function missingFields(target: Readonly<Target>): readonly UnrecordedField[] {
  const isThere = (field: UnrecordedField): boolean => {
    if (field === 'privateKey') return listOf(target.privateKey).some(isKeyText);
    if (field === 'hostKey') return typeof target.hostKey === 'function';
    return target[field] !== undefined;
  };
  return UNRECORDED_FIELDS.filter((field) => isThere(field) || target.missing?.includes(field));
}

function hopRecord(hop: HopLike): string | TargetRecord {
  if (typeof hop === 'string') return hop;
  if (!('dial' in hop)) return targetRecord(hop);
  return hop.target === undefined ? openHop(hop) : targetRecord(hop.target);
}

/** An open connection of somebody else's making. Its id is made for people, and need not be a target. */
function openHop({ id, host }: JumpHost): string | TargetRecord {
  try {
    parseTarget(id);
    return id;
  } catch (error) {
    if (error instanceof ParseError || error instanceof OptionError) return { kind: 'ssh', host };
    throw error;
  }
}

/** `Array.isArray` does not narrow a union that holds a `readonly` array. */
function listOf<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return isList(value) ? value : [value];
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}
