import { inspect } from 'node:util';
import { isSecretName } from './secret-name.js';

const HIDDEN = '[secret]';

/** An argument of a class of somebody's own, as it may be shown: what may be a secret is blotted out. */
export function shownValue(name: string, value: unknown): unknown {
  if (isSecretName(name)) return HIDDEN;
  if (Array.isArray(value)) return value.map((item) => shownValue('', item));
  if (typeof value === 'function') return '[function]';
  if (typeof value !== 'object' || value === null) return typeof value === 'symbol' ? String(value) : value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return `[${value.constructor.name}]`;
  return Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, shownValue(field, inner)]));
}

/** Has an object show no secret where it is inspected or made into JSON. It can be read, spread and changed as before. */
export function guarded<T extends object>(value: T): T {
  const shown = (): unknown => shownValue('', { ...value });
  return Object.defineProperties(value, {
    toJSON: { value: shown },
    [inspect.custom]: { value: (_depth: number, options: object) => inspect(shown(), options) },
  });
}
