import { OptionError, ParseError } from '../../core/hawser-error.js';
import { visible } from '../../core/visible.js';
import type { JsonPath, JsonSource } from '../../inventory/json-source.js';

/** How much of a field's name an error repeats. */
const SHOWN = 80;

/** Something in a record that cannot be meant, and where. How it is told depends on where the record came from. */
export class RecordFault extends Error {
  readonly path: JsonPath;
  /** Whether the field itself is at fault, or its value. */
  readonly part: 'field' | 'value';

  constructor(path: JsonPath, what: string, part: 'field' | 'value' = 'value') {
    super(what);
    this.path = path;
    this.part = part;
  }
}

/** Where the text of a record came from. */
export interface RecordSource {
  readonly source: JsonSource;
  readonly file: string | undefined;
}

/**
 * Runs what reads a record.
 *
 * @throws ParseError with line and column for a fault in a text, OptionError for one in an object; both say the path.
 */
export function tellingFaults<T>(read: () => T, from?: RecordSource): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RecordFault)) throw error;
    const { path, part, message } = error;
    const what = visible(`Cannot read the record of a fleet: ${pathText(path)}: ${message}`);
    if (from === undefined) throw new OptionError(what);
    throw new ParseError(what, { file: from.file, ...from.source.position(path, part) });
  }
}

/** A path in the manner of JSONPath (RFC 9535): `$.entries[3].port`. */
function pathText(path: JsonPath): string {
  const steps = path.map((step) => {
    if (typeof step === 'number') return `[${step}]`;
    const name = step.length > SHOWN ? `${step.slice(0, SHOWN)}…` : step;
    return /^[A-Za-z_]\w*$/u.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
  });
  return `$${steps.join('')}`;
}
