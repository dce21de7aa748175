import { expectTypeOf, it } from 'vitest';
import type { CommandResult } from '../../src/index.js';
import type { Console } from './locked-classes.js';

// What is wrong with the other classes of that file is said there, to the compiler.
const calls = (console: Console) => [
  expectTypeOf(console.execute('x')).toEqualTypeOf<Promise<CommandResult>>(),
  expectTypeOf(console.execute('x', { encoding: 'buffer' })).toEqualTypeOf<Promise<CommandResult<Buffer>>>(),
  expectTypeOf(console.configure([])).toEqualTypeOf<Promise<string>>(),
];

it('leaves the type of a locked method as it is', () => {
  expectTypeOf(calls).toBeFunction();
});
