import { signalAmong } from './abort.js';
import { OptionError } from './hawser-error.js';
import { Mutex } from './mutex.js';

/** What has a lock of its own, as every connection does. */
export interface Lockable {
  readonly lock: Mutex;
}

/** A method that {@link locked} may stand before: what it gives comes later. */
export type LockableMethod<This extends Lockable> = (this: This, ...args: never[]) => Promise<unknown>;

/**
 * A standard decorator (TC39, TypeScript 5 without `experimentalDecorators`): the method runs while holding `this.lock`.
 * Locked methods of one object may call each other, as {@link Mutex.runExclusive} says. Where the last argument has a
 * `signal`, that ends the wait for the lock, too.
 *
 * @example
 * class Console extends LocalConnection {
 *   @locked
 *   async ask(question: string): Promise<string> { … }
 * }
 *
 * @throws OptionError when the class is defined, for what is no method. The method rejects as {@link Mutex.acquire} does.
 */
export function locked<This extends Lockable, Method extends LockableMethod<This>>(
  method: Method,
  context: ClassMethodDecoratorContext<This>,
): Method;
export function locked(
  method: (this: Lockable, ...args: unknown[]) => Promise<unknown>,
  context: { readonly kind: string; readonly name: string | symbol },
): (this: Lockable, ...args: unknown[]) => Promise<unknown> {
  if (typeof method !== 'function' || typeof context !== 'object' || context.kind !== 'method') {
    throw new OptionError(
      'Expected @locked before a method, as a standard decorator: TypeScript 5 or later, without `experimentalDecorators`.',
    );
  }
  const name = String(context.name);
  const run = async function (this: Lockable, ...args: unknown[]): Promise<unknown> {
    const { lock } = this;
    if (!(lock instanceof Mutex)) {
      throw new OptionError(`Expected the object of the locked method ${name} to have a Mutex as its \`lock\`.`);
    }
    return lock.runExclusive(() => method.apply(this, args), { signal: signalAmong(args) });
  };
  return Object.defineProperty(run, 'name', { value: name, configurable: true });
}
