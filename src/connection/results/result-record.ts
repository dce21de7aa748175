import type { HostOutcome } from './host-value.js';

/** A result as plain data: bytes are base64, and its `encoding` says so. */
export function resultRecord(result: HostOutcome): Readonly<Record<string, unknown>> {
  const plain: Record<string, unknown> = {};
  let bytes = false;
  for (const [field, value] of Object.entries(result)) {
    if (Buffer.isBuffer(value)) bytes = true;
    plain[field] = Buffer.isBuffer(value) ? value.toString('base64') : isForeignError(value) ? words(value) : value;
  }
  return bytes ? { ...plain, encoding: 'base64' } : plain;
}

/** An error that is not ours would be `{}` in JSON. */
function isForeignError(value: unknown): value is Error {
  return value instanceof Error && !('toJSON' in value);
}

function words({ name, message }: Error): Record<string, string> {
  return { name, message };
}
