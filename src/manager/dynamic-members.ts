/**
 * A class whose members that nobody has defined are looked up by their name. The look-up stands behind the prototypes:
 * what an object or its class has always comes first, and an object is itself and no stand-in.
 */
export abstract class DynamicMembers {
  /** Only what was made has looked-up members: a prototype, which whoever studies a class asks, has none. */
  readonly #made = true;

  /** Finds a member by its name; `undefined`: there is none. */
  protected abstract lookUp(name: string): unknown;

  static {
    const behind = new Proxy(Object.prototype, {
      get(base, name, receiver): unknown {
        if (typeof name === 'symbol' || name in base || !isMade(receiver)) return Reflect.get(base, name, receiver);
        return receiver.lookUp(name);
      },
    });
    const isMade = (receiver: unknown): receiver is DynamicMembers => {
      return typeof receiver === 'object' && receiver !== null && #made in receiver;
    };
    Object.setPrototypeOf(DynamicMembers.prototype, behind);
  }
}
