import { locked } from '../../../src/core/locked.js';

/** Puts `@locked` before methods by hand: what runs these tests takes the types away and knows no decorators. */
export function lockMethods(
  lockable: { readonly prototype: object; readonly name: string },
  names: readonly string[],
): void {
  for (const name of names) {
    const method = Reflect.get(lockable.prototype, name);
    const value = Reflect.apply(locked, undefined, [method, { kind: 'method', name }]);
    Reflect.defineProperty(lockable.prototype, name, { value, configurable: true, writable: true });
  }
}
