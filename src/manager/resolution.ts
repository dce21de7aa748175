import { visible } from '../core/visible.js';

/**
 * Where a value came from: the arguments of the call, the block of the path, the `defaults` of the device's
 * connections, the device itself (its credentials), or what holds where nobody says anything.
 */
export type ValueSource = 'call' | 'via' | 'defaults' | 'device' | 'built-in';

/** A value, and where it came from. */
export interface ResolvedValue<T = unknown> {
  readonly value: T;
  readonly from: ValueSource;
}

/** What a {@link Resolution} says, as plain data. */
export interface ResolutionRecord {
  readonly device: string;
  readonly alias: ResolvedValue<string>;
  /** The paths, in the order in which they are tried; none where the device names none. */
  readonly via: ResolvedValue<readonly string[]>;
  /** The name of the connection class. */
  readonly class: ResolvedValue<string>;
  readonly ifExists: ResolvedValue<string>;
  /** Workers of the pool; left out where it is a single connection. */
  readonly poolSize?: ResolvedValue<number>;
  /** In milliseconds; 0: for ever. Left out where it is a single connection. */
  readonly poolTimeout?: ResolvedValue<number>;
  /** The fields of the target by the first path. Secrets read `[secret]`. */
  readonly target: Readonly<Record<string, ResolvedValue>>;
  /** What else goes to the constructor of the class. What is named like a secret reads `[secret]`. */
  readonly arguments: Readonly<Record<string, ResolvedValue>>;
}

/** How a connection would be made, and why so: what `explain` gives. No secret is in it. */
export class Resolution implements ResolutionRecord {
  readonly device: string;
  readonly alias: ResolvedValue<string>;
  readonly via: ResolvedValue<readonly string[]>;
  readonly class: ResolvedValue<string>;
  readonly ifExists: ResolvedValue<string>;
  declare readonly poolSize?: ResolvedValue<number>;
  declare readonly poolTimeout?: ResolvedValue<number>;
  readonly target: Readonly<Record<string, ResolvedValue>>;
  readonly arguments: Readonly<Record<string, ResolvedValue>>;

  constructor(record: ResolutionRecord) {
    this.device = record.device;
    this.alias = record.alias;
    this.via = record.via;
    this.class = record.class;
    this.ifExists = record.ifExists;
    if (record.poolSize !== undefined) this.poolSize = record.poolSize;
    if (record.poolTimeout !== undefined) this.poolTimeout = record.poolTimeout;
    this.target = record.target;
    this.arguments = record.arguments;
  }

  /** One line a value, for people: the name, the value, and where it came from. */
  toString(): string {
    const { alias, via, class: cls, ifExists, poolSize, poolTimeout, target } = this;
    const paths = via.value.length === 0 ? '(the device names none)' : via.value.join(', then ');
    const rows: [name: string, value: ResolvedValue][] = [
      ['alias', alias],
      ['via', { ...via, value: paths }],
      ['class', cls],
      ['ifExists', ifExists],
      ...(poolSize === undefined ? [] : [['poolSize', poolSize] satisfies [string, ResolvedValue]]),
      ...(poolTimeout === undefined ? [] : [['poolTimeout', poolTimeout] satisfies [string, ResolvedValue]]),
      ...Object.entries(target),
      ...Object.entries(this.arguments).map(([name, value]): [string, ResolvedValue] => [`${name} (argument)`, value]),
    ];
    const texts = rows.map(([name, { value, from }]) => [name, textOf(value), WORDS[from]] as const);
    const widths = [0, 1].map((column) => Math.max(...texts.map((row) => row[column]?.length ?? 0)));
    const lines = texts.map((row) => `  ${row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  ')}`);
    return [`${this.device}:`, ...lines].map((line) => line.trimEnd()).join('\n');
  }
}

const WORDS: Readonly<Record<ValueSource, string>> = {
  call: 'from the call',
  via: "from the path's block",
  defaults: 'from the defaults',
  device: "from the device's credentials",
  'built-in': 'built in',
};

function textOf(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return visible(text).replaceAll('\n', '\\n');
}
