import { expectTypeOf } from 'vitest';
import { type CommandResult, type ExecuteOptions, LocalConnection, locked, Mutex } from '../../src/index.js';

// What runs the tests knows no decorators: these classes are for the compiler alone.
export class Console extends LocalConnection {
  // A method keeps its type, with its overloads and type parameters.
  override execute(command: string, o: ExecuteOptions & { encoding: 'buffer' }): Promise<CommandResult<Buffer>>;
  override execute(command: string, o?: ExecuteOptions & { encoding?: BufferEncoding }): Promise<CommandResult>;
  override execute(command: string, o?: ExecuteOptions): Promise<CommandResult<string> | CommandResult<Buffer>>;
  @locked
  override async execute(
    command: string,
    o: ExecuteOptions = {},
  ): Promise<CommandResult<string> | CommandResult<Buffer>> {
    return super.execute(command, o);
  }

  @locked
  async configure(lines: readonly string[]): Promise<string> {
    expectTypeOf(await this.#one('x')).toEqualTypeOf<'x'>();
    return lines.join();
  }

  @locked
  async #one<T extends string>(value: T): Promise<T> {
    return value;
  }
}
class Unlocked {
  // @ts-expect-error there is no `lock`
  @locked
  async ask(): Promise<void> {}
}

class Wrong {
  readonly lock = new Mutex();
  // @ts-expect-error what it gives comes at once
  @locked
  now(): number {
    return 1;
  }
  // @ts-expect-error what it does happens after it has returned
  @locked
  async *lines(): AsyncGenerator<string> {}
  // @ts-expect-error it is no method
  @locked
  field = async (): Promise<void> => {};
}

void [Unlocked, Wrong];
