/** Where in a machine something stands: the fields and indexes that lead to it. */
export type MachinePath = readonly (string | number)[];

/** Something in a machine that cannot be meant, and where. How it is told depends on where the machine came from. */
export class MachineFault extends Error {
  readonly path: MachinePath;
  /** Whether the field itself is at fault, or its value. */
  readonly part: 'field' | 'value';

  constructor(path: MachinePath, what: string, part: 'field' | 'value' = 'value') {
    super(what);
    this.path = path;
    this.part = part;
  }
}

/** A path as people write it: `resources.nodes`, `prepend[2]`. */
export function pathText(path: MachinePath): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');
}
