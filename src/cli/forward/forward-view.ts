import type { ForwardEnd } from '../../inventory/forward-spec.js';
import type { Forward } from '../../remote/forward/forward.js';
import { jsonText } from '../terminal/json.js';
import { oneLine } from '../terminal/text.js';

/** The line that says what an open forward does: `127.0.0.1:8080 → web01 → localhost:80`. */
export function forwardLine(forward: Pick<Forward, 'type' | 'address' | 'to'>, host: string): string {
  const { type, address, to } = forward;
  const from = endText(address);
  const name = oneLine(host);
  if (to === undefined) return `${from} (SOCKS) → ${name}`;
  return type === 'remote' ? `${name} ${from} → here → ${endText(to)}` : `${from} → ${name} → ${endText(to)}`;
}

/** The same for programs. */
export function forwardJson(forward: Pick<Forward, 'type' | 'address' | 'to'>, key: string): string {
  const { type, address, to } = forward;
  return jsonText({ v: 1, type: 'forward', key, kind: type, listen: address, ...(to === undefined ? {} : { to }) });
}

function endText(end: ForwardEnd): string {
  if ('socketPath' in end) return oneLine(end.socketPath);
  return `${end.host.includes(':') ? `[${end.host}]` : end.host}:${end.port}`;
}
