import { Connection } from '../connection/connection.js';
import { OptionError } from '../core/hawser-error.js';
import type { Plan } from './plan.js';

/**
 * Makes the connection that a plan describes, unopened.
 *
 * @throws OptionError where what the class makes is no connection; whatever its constructor throws.
 */
export function makeConnection(plan: Plan): Connection {
  return construct(plan);
}

function construct({ cls, target, via, alias, facts, args }: Plan): Connection {
  const made: unknown = Reflect.construct(cls, [{ ...args, target, via, alias, device: facts }]);
  if (made instanceof Connection) return made;
  throw new OptionError(`Cannot connect to ${facts.name}: ${cls.name} makes something that is no Connection.`);
}
