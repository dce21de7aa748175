import {
  type ConnectionClass,
  classWords,
  connectionClass,
  findConnectionClass,
  isConnectionClass,
} from '../connection/connection-class.js';
import { OptionError } from '../core/hawser-error.js';
import type { TargetProtocol } from '../inventory/target.js';
import type { Layers } from './layers.js';
import type { ResolvedValue, ValueSource } from './resolution.js';

/** The class of a connection, and what becomes of the protocol. */
export interface ChosenClass {
  readonly value: ConnectionClass;
  readonly from: ValueSource;
  /** The protocol of the target; `undefined`: what a target's default is. */
  readonly protocol: TargetProtocol | undefined;
  /** A protocol that no target knows: an argument like any other, for a class of somebody's own. */
  readonly argument: ResolvedValue | undefined;
}

const PROTOCOLS: readonly TargetProtocol[] = ['ssh', 'openssh', 'local', 'telnet'];

/** The class that is named, else the one that is named as the protocol is. */
export function chooseClass(layers: Layers): ChosenClass {
  const said = layers.get('protocol');
  const named = layers.get('cls');
  const cls = named === undefined ? classOfProtocol(said, layers.place) : classOf(named.value, layers.place);
  const from = named?.from ?? said?.from ?? 'built-in';
  const protocol = PROTOCOLS.find((known) => known === said?.value);
  const spoken = protocolOf(cls);
  if (protocol !== undefined && spoken !== undefined && !goTogether(protocol, spoken)) {
    throw new OptionError(
      `Cannot connect to ${layers.place}: the protocol is ${protocol}, and ${cls.name} speaks ${spoken}. Name another class or path.`,
    );
  }
  return {
    value: cls,
    from,
    protocol: spoken === 'openssh' ? spoken : (protocol ?? (spoken === 'ssh' ? undefined : spoken)),
    argument: protocol === undefined ? said : undefined,
  };
}

function classOf(cls: unknown, place: string): ConnectionClass {
  if (typeof cls === 'string') return connectionClass(cls);
  if (isConnectionClass(cls)) return cls;
  throw new OptionError(
    `Expected the connection class of ${place} to be a subclass of Connection, or the name of one, got ${classWords(cls)}.`,
  );
}

function classOfProtocol(said: ResolvedValue | undefined, place: string): ConnectionClass {
  const protocol = said?.value ?? 'ssh';
  const found = typeof protocol === 'string' ? findConnectionClass(protocol) : undefined;
  if (found !== undefined) return found;
  throw new OptionError(
    `Cannot connect to ${place}: there is no connection class for the protocol "${String(protocol)}". Name a class ` +
      `with \`class\`, or make one known: registerConnectionClass("${String(protocol)}", cls).`,
  );
}

/** The protocol that a class stands for, where it is or extends one that is named after a protocol. */
function protocolOf(cls: ConnectionClass): TargetProtocol | undefined {
  return PROTOCOLS.find((protocol) => {
    const known = findConnectionClass(protocol);
    return known !== undefined && (cls === known || cls.prototype instanceof known);
  });
}

/** SSH is SSH, whoever speaks it. */
function goTogether(protocol: TargetProtocol, spoken: TargetProtocol): boolean {
  const ssh = (one: TargetProtocol): boolean => one === 'ssh' || one === 'openssh';
  return protocol === spoken || (ssh(protocol) && ssh(spoken));
}
