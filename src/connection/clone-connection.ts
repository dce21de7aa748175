import { OptionError } from '../core/hawser-error.js';

/** As much of a connection as tells whether another one is like it. */
interface Named {
  readonly key: string;
  readonly host: string;
}

/**
 * Makes another one of the class of `model`, with the arguments that its constructor takes.
 *
 * @throws OptionError where what comes of it is not like the model: its class takes something else.
 */
export function cloneConnection<C extends Named>(model: C, ...args: readonly unknown[]): C {
  const { key, host } = model;
  let made: unknown;
  try {
    made = Reflect.construct(model.constructor, args);
  } catch (cause) {
    throw cannotClone(model, cause);
  }
  if (isLike(made, model) && made.key === key && made.host === host) return made;
  throw cannotClone(model);
}

function isLike<C extends Named>(made: unknown, model: C): made is C {
  return made instanceof model.constructor;
}

function cannotClone(model: Named, cause?: unknown): OptionError {
  const { key, host } = model;
  return new OptionError(
    `Cannot clone the connection to ${key}: the constructor of ${model.constructor.name} takes something else than a target. ` +
      'Give the class a `cloneOptions` or a `clone` of its own.',
    { host, key, cause },
  );
}
