import type { ConnectionManner } from '../../connection/connection-record.js';
import { defined } from '../../core/defined.js';
import { HawserError } from '../../core/hawser-error.js';
import type { JsonPath } from '../../inventory/json-source.js';
import { builtInPlatforms } from '../../remote/dialog/detect.js';
import { checkOpenSshOptions } from '../../transport/openssh/ssh-options.js';
import { RecordFault } from './record-fault.js';
import { oneOf, type RecordFields, requireObject } from './record-fields.js';

/** The fields of an entry that say how its connection is made. */
export const MANNER_FIELDS: readonly (keyof ConnectionManner)[] = ['class', 'platform', 'reuseOnly', 'sshOptions'];

/** Reads how a connection of `kind` is made. Throws {@link RecordFault}. */
export function readManner(fields: RecordFields, path: JsonPath, kind: unknown): ConnectionManner {
  const { class: cls, platform, reuseOnly, sshOptions } = fields;
  const at = (field: keyof ConnectionManner): JsonPath => [...path, field];
  if (platform !== undefined && cls === undefined && kind !== 'telnet') {
    throw new RecordFault(
      at('platform'),
      'Only a command line has a platform: an entry with `class: "cli"`, or by telnet',
    );
  }
  for (const field of ['reuseOnly', 'sshOptions'] as const) {
    if (fields[field] === undefined || (kind === 'openssh' && cls === undefined)) continue;
    throw new RecordFault(at(field), 'Only the kind "openssh" has this field');
  }
  const names = builtInPlatforms.map(({ name }) => name);
  return defined({
    class: cls === undefined ? undefined : oneOf(cls, at('class'), ['cli'] as const),
    platform: platform === undefined ? undefined : oneOf(platform, at('platform'), names),
    reuseOnly: reuseOnly === undefined ? undefined : oneOf(reuseOnly, at('reuseOnly'), [true, false]),
    sshOptions: sshOptions === undefined ? undefined : readSettings(sshOptions, at('sshOptions')),
  });
}

function readSettings(value: unknown, path: JsonPath): Readonly<Record<string, string>> {
  requireObject(value, path);
  const settings: Record<string, string> = {};
  for (const [name, setting] of Object.entries(value)) {
    try {
      checkOpenSshOptions({ sshOptions: { [name]: setting } });
    } catch (error) {
      if (error instanceof HawserError) throw new RecordFault([...path, name], error.message);
      throw error;
    }
    settings[name] = String(setting);
  }
  return settings;
}
