import type { Abortable } from '../../core/abort.js';
import { OptionError } from '../../core/hawser-error.js';
import type { ForwardEnd, ForwardListen, ForwardSpec } from '../../inventory/forward-spec.js';
import { hostFault } from '../../inventory/host-name.js';
import type { DialTarget, ListenTarget } from '../../transport/contract.js';

/** What is forwarded. The signal ends the call, and the forward that came of it. */
export type ForwardOptions = ForwardSpec & Abortable;

/** Which side of the connection listens, and who says where to. */
export type ForwardType = 'local' | 'remote' | 'dynamic';

/** A forward whose options have been checked. */
export interface ForwardPlan {
  readonly type: ForwardType;
  readonly listen: ListenTarget;
  /** `undefined`: the clients say. */
  readonly to: DialTarget | undefined;
}

/**
 * Checks a forward's options and fills in what they leave to us.
 *
 * @throws OptionError for what cannot be meant.
 */
export function planForward(o: ForwardOptions): ForwardPlan {
  const type = o.type ?? 'local';
  if (type !== 'local' && type !== 'remote' && type !== 'dynamic') {
    throw new OptionError(
      `Expected the \`type\` of a forward to be 'local', 'remote' or 'dynamic', got ${shown(type)}.`,
    );
  }
  // RFC 4254 §7.1: "localhost" is the far machine's loopback, by all families that it has.
  const listen = planListen(o.listen ?? {}, type === 'remote' ? 'localhost' : '127.0.0.1');
  return { type, listen, to: o.type === 'dynamic' ? undefined : planEnd(o.to) };
}

function planListen(listen: ForwardListen, byDefault: string): ListenTarget {
  if ('socketPath' in listen) return { socketPath: checkedPath('listen.socketPath', listen.socketPath) };
  const { host = byDefault, port = 0 } = listen;
  if (host === '*') return { host: '', port: checkedPort('listen.port', port, 0) };
  return { host: checkedHost('listen.host', host), port: checkedPort('listen.port', port, 0) };
}

function planEnd(to: ForwardEnd): DialTarget {
  if (typeof to !== 'object' || to === null) {
    throw new OptionError(`Expected the \`to\` of a forward to be { host, port } or { socketPath }, got ${shown(to)}.`);
  }
  if ('socketPath' in to) return { socketPath: checkedPath('to.socketPath', to.socketPath) };
  return { host: checkedHost('to.host', to.host), port: checkedPort('to.port', to.port, 1) };
}

function checkedHost(name: string, host: string): string {
  const why = typeof host === 'string' ? hostFault(host)?.why : 'it is no text';
  if (why === undefined) return host;
  throw new OptionError(`Expected the \`${name}\` of a forward to be a host, got ${shown(host)}: ${why}.`);
}

function checkedPort(name: string, port: number, least: 0 | 1): number {
  if (Number.isInteger(port) && port >= least && port <= 65_535) return port;
  throw new OptionError(`Expected the \`${name}\` of a forward to be from ${least} to 65535, got ${shown(port)}.`);
}

function checkedPath(name: string, path: string): string {
  if (typeof path === 'string' && path !== '' && !path.includes('\0')) return path;
  throw new OptionError(`Expected the \`${name}\` of a forward to be the path of a socket, got ${shown(path)}.`);
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
